// Where the site is served by `digest serve` or `digest ui`, the server answers with where marks go; in a folder, nowhere.
window.digestServer = null;
