#!/bin/sh
# Write each image of compose.yaml and the Dockerfile by its digest beside its tag: what runs is then what was looked at.
# It needs docker with buildx, and a network. Run it again after a tag was changed.
set -eu
cd "$(dirname "$0")"
for image in $(sed -nE 's/^ *(image:|FROM) ([a-z][^ @]*:[^ @]+)( .*)?$/\2/p' compose.yaml Dockerfile | sort -u); do
  case "$image" in digest-assets:*) continue ;; esac # built here
  digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
  case "$digest" in sha256:*) ;; *) echo "$image: no digest" >&2; exit 1 ;; esac
  sed -i -E "s|^( *(image:\|FROM) )$image( .*)?\$|\1$image@$digest\3|" compose.yaml Dockerfile
  echo "$image@$digest"
done
