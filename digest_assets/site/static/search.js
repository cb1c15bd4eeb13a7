// Search in the browser over the days' papers, the newest days first; older days are read when asked for.
(() => {
  "use strict";
  const DAYS_AT_ONCE = 22; // about a month of mailings
  const SHOWN_AT_ONCE = 50;
  const HAN = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}";
  const TOKEN = new RegExp(`[${HAN}]|(?:(?![${HAN}])[\\p{L}\\p{N}\\p{M}])+`, "gu");

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const tokens = (text) => text.match(TOKEN) || [];

  const papers = new Map();
  const index = new MiniSearch({
    fields: ["id", "title", "authors", "gist", "abstract", "more"],
    extractField: (paper, field) => (field === "authors" ? paper.authors.join(" ") : paper[field] || ""),
    idField: "id",
    tokenize: tokens,
    processTerm: (term) => plain(term).slice(0, 64),
    searchOptions: {
      boost: { id: 6, title: 4, authors: 3, gist: 2 },
      combineWith: "AND",
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 5 ? 0.15 : false),
      weights: { fuzzy: 0.3, prefix: 0.6 },
    },
  });

  const all = Object.entries(window.digestDays || {})
    .flatMap(([month, numbers]) => numbers.map((number) => `${month}-${String(number).padStart(2, "0")}`))
    .sort()
    .reverse();
  let read = 0; // days searched, from the newest
  let goal = 0; // days to be searched
  let reading = false;
  let shown = SHOWN_AT_ONCE;

  const form = document.getElementById("search");
  const found = document.getElementById("found");
  const scope = document.getElementById("scope");
  const further = document.getElementById("further");
  const list = document.getElementById("results");
  const next = document.getElementById("next");

  // A day's piece calls this. A paper of several days is shown with its newest.
  let arrived = null;
  window.digestSearch = { add: (day, rows) => { arrived = rows.map((row) => ({ ...row, day })); } };

  const load = (day) => new Promise((resolve) => {
    const script = document.createElement("script");
    const done = () => { script.remove(); const rows = arrived || []; arrived = null; resolve(rows); };
    script.onload = done;
    script.onerror = done;
    script.src = `data/search/${day}.js`;
    document.head.append(script);
  });

  const readOn = async () => {
    if (reading) return;
    reading = true;
    while (read < goal) {
      const fresh = (await load(all[read])).filter((paper) => !papers.has(paper.id));
      for (const paper of fresh) papers.set(paper.id, paper);
      await index.addAllAsync(fresh, { chunkSize: 40 });
      read += 1;
      show();
    }
    reading = false;
    show();
  };

  const chosen = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const phrases = [...(wanted.q || "").matchAll(/"([^"]+)"/g)].map((match) => plain(match[1]).trim()).filter(Boolean);
    const words = (wanted.q || "").replaceAll('"', " ").trim();
    const upvotes = Number(wanted.upvotes || 0);
    const holds = (paper) =>
      (!wanted.category || paper.categories.includes(wanted.category)) &&
      (!wanted.topic || (paper.topics || []).includes(wanted.topic)) &&
      (!wanted.code || paper.code === 1) &&
      (paper.upvotes || 0) >= upvotes &&
      phrases.every((phrase) =>
        [paper.title, paper.authors.join(" "), paper.gist, paper.abstract, paper.more || ""].some((text) => plain(text).includes(phrase)));
    const ids = tokens(words).length ? index.search(words).map((hit) => hit.id) : [...papers.keys()];
    const kept = ids.map((id) => papers.get(id)).filter(holds);
    if (wanted.order === "new") kept.sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0));
    if (wanted.order === "votes") kept.sort((a, b) => (b.upvotes || 0) - (a.upvotes || 0));
    return { kept, words: tokens(words).map(plain).filter((word) => word.length > 1) };
  };

  const element = (name, className, ...children) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    node.append(...children);
    return node;
  };

  // The text with the words that were searched for marked.
  const marked = (text, words) => {
    if (!words.length) return [text];
    const starts = words.map((word) => word.replace(/[^\p{L}\p{N}]/gu, "")).filter(Boolean);
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${starts.join("|")})[\\p{L}\\p{N}]*`, "giu");
    const pieces = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      pieces.push(text.slice(end, match.index), element("mark", "", match[0]));
      end = match.index + match[0].length;
    }
    return [...pieces, text.slice(end)];
  };

  const line = (paper, words) => {
    const link = element("a", "", ...marked(paper.title, words));
    link.href = paper.page;
    const authors = paper.authors.slice(0, 4).join(", ") + (paper.authors.length > 4 ? ` and ${paper.authors.length - 4} more` : "");
    const byline = element("p", "byline", `${paper.day} · `, ...marked(authors, words));
    if (paper.categories.length) byline.append(` · ${paper.categories.join(" ")}`);
    if (paper.code) byline.append(" · ", element("span", "code", "code"));
    if (paper.upvotes) byline.append(" · ", element("span", "votes", `▲ ${paper.upvotes}`, element("span", "away", " upvotes")));
    const item = element("li", "", element("h2", "", link), element("p", "gist", ...marked(paper.gist, words)), byline);
    item.dataset.paper = paper.id; // it can be marked
    return item;
  };

  function show() {
    const { kept, words } = chosen();
    const focused = list.contains(document.activeElement) ? document.activeElement.closest("li").dataset.paper : "";
    list.replaceChildren(...kept.slice(0, shown).map((paper) => line(paper, words)));
    document.dispatchEvent(new Event("papers-listed"));
    const again = focused && [...list.children].find((item) => item.dataset.paper === focused);
    if (again) again.querySelector("a").focus(); // more days came while the reader went through the list
    next.hidden = kept.length <= shown;
    const oldest = all[read - 1];
    found.textContent = read
      ? `${kept.length.toLocaleString("en")} of ${papers.size.toLocaleString("en")} papers`
      : "No days to search yet.";
    scope.textContent = read ? `Searched ${read} of ${all.length} days, back to ${oldest}${reading && read < goal ? " …" : ""}` : "";
    further.hidden = reading || read >= all.length;
    found.dataset.ready = String(!reading);
  }

  const remember = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value);
    const query = new URLSearchParams(wanted).toString();
    try { history.replaceState(null, "", query ? `?${query}` : location.pathname); } catch { /* not from a folder */ }
  };

  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === "1";
    else if (field instanceof HTMLElement) field.value = value;
  }
  let waiting = 0;
  const showAnew = () => { clearTimeout(waiting); shown = SHOWN_AT_ONCE; remember(); show(); };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(showAnew, 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    showAnew();
    const first = list.querySelector("a");
    if (first) first.focus(); // from there the keys of lists go on
  });
  next.addEventListener("click", () => { shown += SHOWN_AT_ONCE; show(); });
  further.addEventListener("click", () => { goal = Math.min(all.length, goal + DAYS_AT_ONCE); readOn(); });
  goal = Math.min(all.length, DAYS_AT_ONCE);
  readOn();
})();
