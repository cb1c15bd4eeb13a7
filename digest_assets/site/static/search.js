// Search in the browser over all days: it loads the files of a query's words (site/search_words.py says how they are
// written) and of the papers that are shown, the newest month first.
(() => {
  "use strict";
  const SHOWN_AT_ONCE = 10;
  const CHECKED_PER_SHOWN = 4; // papers whose text is read for a phrase, for each that is to be shown
  const PHRASES_AT_FIRST = 4; // papers shown while others are looked for: the text of each is 9 kB
  const CHECKED_AT_LEAST = 3; // papers loaded in place of one that was none of those asked for
  const PAPERS_PER_PART = 16;
  const PREFIX = 6; // letters that choose a word's file
  const MIN_BEGINNING = 4; // letters of a word that longer ones are found by
  const WEIGHTS = [0, 4, 3, 5, 1, 4.5, 3.5, 5.5]; // by fields: title 1, authors 2, text 4
  const BEGINNING = 0.6; // of a word that only begins as the one asked for
  const HAN = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff";
  const WORD = new RegExp(`[${HAN}]|(?:(?![${HAN}])[\\p{L}\\p{N}])+`, "gu");
  const ID = /(?:^|\/|:|\s)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?\/\d{7})(?:v\d+)?(?:\.pdf)?(?:[?#]\S*)?$/;

  const { papers = {}, closed = [], shards = [1, 1], skipped = [] } = window.digestIndex || {};
  const noise = new Set(skipped);
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const split = (text) => (plain(text).match(WORD) || []).map((word) => [...word].slice(0, 64).join(""));

  // Papers are numbered over all days, as postings are in their day or month.
  const days = Object.keys(papers).sort();
  const starts = [];
  const first = {}; // of a day or a month
  const size = {};
  let total = 0;
  for (const day of days) {
    const month = day.slice(0, 7);
    starts.push(total);
    first[day] = total;
    first[month] ??= total;
    size[day] = papers[day];
    size[month] = (size[month] || 0) + papers[day];
    total += papers[day];
  }
  const locate = (number) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= number) low = middle; else high = middle - 1;
    }
    return low;
  };
  const isOver = new Set(closed);
  const months = [...new Set(days.map((day) => day.slice(0, 7)))];
  const segments = [
    ...months.filter((month) => !isOver.has(month)).reverse().map((name) => ({ name, shards: shards[0], keys: days.filter((day) => day.startsWith(name)) })),
    ...[...new Set(closed.map((month) => month.slice(0, 4)))].sort().reverse().map((name) => ({ name, shards: shards[1], keys: closed.filter((month) => month.startsWith(name)) })),
  ];

  // A file is a script that adds its parts, each with a key. It is loaded once.
  const files = new Map();
  let arrived = [];
  window.digestSearch = { add: (key, value) => arrived.push([key, value]) };
  const load = (name) => {
    if (!files.has(name)) {
      files.set(name, new Promise((resolve) => {
        const script = document.createElement("script");
        const done = () => { script.remove(); const parts = arrived; arrived = []; resolve(parts); };
        script.onload = done;
        script.onerror = done; // a file without words is not there
        script.src = name;
        document.head.append(script);
      }));
    }
    return files.get(name);
  };
  const shardOf = (term, count) => {
    let number = 0;
    for (const sign of term.includes(":") ? term : [...term].slice(0, PREFIX)) number = (Math.imul(number, 31) + sign.codePointAt(0)) >>> 0;
    return number % count;
  };

  // The postings of a term: by key, a map from numbers to weights, or "all" where nearly every paper has it.
  const decode = (postings, factor, into) => {
    let last = -1;
    for (const [, digits, letter] of postings.matchAll(/([0-9a-z]*)([A-G])/g)) {
      last += 1 + (digits ? parseInt(digits, 36) : 0);
      const weight = WEIGHTS[letter.charCodeAt(0) - 64] * factor;
      if (weight > (into.get(last) || 0)) into.set(last, weight);
    }
  };
  const look = async (segment, term) => {
    const found = new Map();
    const isWord = !term.includes(":");
    for (const [key, words] of await load(`data/words/${segment.name}/${shardOf(term, segment.shards)}.js`)) {
      if (!segment.keys.includes(key)) continue;
      const mine = Object.hasOwn(words, term) ? words[term] : undefined;
      if (mine === "*") { found.set(key, "all"); continue; }
      const numbers = new Map();
      if (typeof mine === "string") decode(mine, 1, numbers);
      else if (mine) for (const [number, votes] of Object.entries(mine)) numbers.set(Number(number), votes);
      if (isWord && [...term].length >= MIN_BEGINNING) {
        for (const word of Object.keys(words)) {
          if (word !== term && word.startsWith(term) && words[word] !== "*" && !word.includes(":")) decode(words[word], BEGINNING, numbers);
        }
      }
      if (numbers.size) found.set(key, numbers);
    }
    return found;
  };

  // What a segment's papers have of a query: each paper's weights by term; those with too few of the terms are left out.
  const evaluate = async (segment, query, least) => {
    const [terms, filters, without] = await Promise.all(
      [query.terms, query.filters, query.without].map((list) => Promise.all(list.map((term) => look(segment, term)))));
    const votes = query.votes ? await look(segment, "votes:") : new Map();
    const results = [];
    for (const key of segment.keys) {
      const has = (found, number) => (found.get(key) === "all" ? 0.01 : found.get(key)?.get(number) || 0);
      const maps = [...terms, ...filters].map((found) => found.get(key)).filter((one) => one && one !== "all");
      let candidates;
      if (least < terms.length) candidates = new Set(maps.flatMap((map) => [...map.keys()]));
      else if (maps.length) candidates = maps.reduce((one, other) => (other.size < one.size ? other : one)).keys();
      else candidates = Array(size[key]).keys();
      for (const number of candidates) {
        const weights = terms.map((found) => has(found, number));
        if (weights.filter((weight) => weight > 0).length < least) continue;
        if (!filters.every((found) => has(found, number) > 0) || without.some((found) => has(found, number) > 0)) continue;
        const upvotes = has(votes, number);
        if (query.least_votes > upvotes) continue;
        const place = first[key] + number;
        results.push({ number: place, day: locate(place), weights, upvotes });
      }
    }
    return results;
  };

  const newest = (one, other) => other.day - one.day || one.number - other.number;
  const rank = (results, query) => {
    if (query.order === "votes") return results.sort((one, other) => other.upvotes - one.upvotes || newest(one, other));
    if (query.order === "new" || !query.terms.length) return results.sort(newest);
    const rarity = query.terms.map((_, place) => Math.log(1 + total / (1 + results.filter((one) => one.weights[place] > 0.01).length)));
    for (const one of results) one.score = one.weights.reduce((sum, weight, place) => sum + weight * rarity[place], 0);
    return results.sort((one, other) => other.score - one.score || newest(one, other));
  };

  // Words that nobody uses, written as the most similar ones that many do.
  const distance = (one, other, most) => {
    let row = Array.from({ length: other.length + 1 }, (_, place) => place);
    for (let i = 1; i <= one.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= other.length; j += 1) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] !== other[j - 1]));
      if (Math.min(...next) > most) return most + 1;
      row = next;
    }
    return row[other.length];
  };
  const correct = async (terms) => {
    const fullest = months.slice(-2).reduce((one, other) => (size[other] > size[one] ? other : one)); // one is 40 kB
    const known = new Set((await load(`data/words/${fullest}/spelling.js`)).flatMap(([, words]) => words.split(" ")));
    return terms.map((term) => {
      if (term.length < 5 || known.has(term) || /\d/.test(term)) return term;
      const most = term.length > 7 ? 2 : 1;
      let [best, least] = [term, most + 1];
      for (const word of known) {
        if (Math.abs(word.length - term.length) > most) continue;
        const far = distance(term, word, most);
        if (far < least) [best, least] = [word, far];
      }
      return best;
    });
  };

  const form = document.getElementById("search");
  const status = document.getElementById("found");
  const scope = document.getElementById("scope");
  const list = document.getElementById("results");
  const next = document.getElementById("next");

  const read = () => {
    const wanted = Object.fromEntries(new FormData(form));
    let words = wanted.q || "";
    const phrases = [...words.matchAll(/"([^"]+)"/g)].map((match) => split(match[1]).join(" ")).filter(Boolean);
    const without = [...words.matchAll(/(?:^|\s)-([^\s"]+)/g)].flatMap((match) => split(match[1]));
    words = words.replace(/(^|\s)-[^\s"]+/g, " ");
    const all = [...new Set(split(words))];
    const telling = all.filter((word) => !noise.has(word));
    const filters = [wanted.category && `category:${wanted.category}`, wanted.topic && `topic:${wanted.topic}`, wanted.code && "code:"].filter(Boolean);
    const least_votes = Number(wanted.upvotes || 0);
    return {
      id: (wanted.q || "").trim().match(ID)?.[1], terms: telling.length ? telling : all, phrases, without, filters,
      order: wanted.order || "", least_votes, votes: least_votes > 0 || wanted.order === "votes",
    };
  };

  let asked = 0; // the latest question: an older one that is still being answered is left
  // `results` are numbers of papers alone: what is shown of them is loaded when it is shown.
  let answer = { results: [], query: read(), note: "", done: false, shown: SHOWN_AT_ONCE };

  const search = async (isSubmitted) => {
    const mine = (asked += 1);
    const isOld = () => mine !== asked;
    let query = read();
    const over = async (make, least, note) => {
      const results = [];
      let coming = []; // the other segments' answers, on their way together behind the first results
      for (const [place, segment] of segments.entries()) {
        const had = results.length;
        results.push(...await (coming[place] || evaluate(segment, make, least)));
        if (isOld()) return results;
        const done = place === segments.length - 1;
        answer = { results: rank([...results], make), query: make, note, done, shown: answer.shown, back: segment.keys[0] };
        const showing = (done || (results.length && !had)) && show(isOld, results.length > 0 && done);
        if ((make.id || make.phrases.length) && results.length) await showing; // their texts come before others' words
        if (make.id && results.length) break;
        if (!coming.length && (results.length || place)) coming = segments.map((other, at) => at > place && evaluate(other, make, least));
        await showing;
        if (isOld()) break;
      }
      return results;
    };
    if (query.id) {
      const found = await over({ ...query, terms: [], without: [], filters: [`id:${query.id}`], phrases: [] }, 0, "");
      if (isOld()) return;
      if (found.length && isSubmitted) { const link = list.querySelector("a"); if (link) location.replace(link.href); }
      if (found.length) return finish();
    }
    let note = "";
    let found = await over(query, query.terms.length, note);
    if (!found.length && !isOld() && query.terms.length) {
      const corrected = await correct(query.terms);
      if (corrected.some((term, place) => term !== query.terms[place])) {
        query = { ...query, terms: [...new Set(corrected)], phrases: [] };
        note = `No paper has these words; looked for: ${query.terms.join(" ")}. `;
        if (!isOld()) found = await over(query, query.terms.length, note);
      }
    }
    if (!found.length && !isOld() && query.terms.length > 2) {
      found = await over({ ...query, phrases: [] }, Math.ceil(query.terms.length / 2), `${note}No paper has all of them; shown are those that have half of them or more.`);
    }
    if (!isOld()) finish();
  };
  const finish = () => {
    const { results, query } = answer;
    if (!list.children.length) {
      answer.note = query.id ? "" : "Fewer or other words may help, or no filter. Words are found by their first six letters or more; the days and topics list all papers.";
      if (query.id) {
        const link = element("a", "", `arXiv has ${query.id}`);
        link.href = `https://arxiv.org/abs/${query.id}`;
        link.rel = "noopener noreferrer";
        scope.replaceChildren("No day has this paper. ", link, ".");
      } else scope.textContent = answer.note;
    }
    status.dataset.ready = "true";
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
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})[\\p{L}\\p{N}]*`, "giu");
    const pieces = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      pieces.push(text.slice(end, match.index), element("mark", "", match[0]));
      end = match.index + match[0].length;
    }
    return [...pieces, text.slice(end)];
  };

  const line = (day, paper, words) => {
    const link = element("a", "", ...(paper.html ? [] : marked(paper.title, words)));
    if (paper.html) link.innerHTML = paper.html; // typeset when the site was built
    link.href = paper.page;
    const authors = paper.authors.slice(0, 4).join(", ") + (paper.authors.length > 4 ? ` and ${paper.authors.length - 4} more` : "");
    const byline = element("p", "byline", `${day} · `, ...marked(authors, words));
    if (paper.categories.length) byline.append(` · ${paper.categories.join(" ")}`);
    if (paper.code) byline.append(" · ", element("span", "code", "code"));
    if (paper.upvotes) byline.append(" · ", element("span", "votes", `▲ ${paper.upvotes}`, element("span", "away", " upvotes")));
    const item = element("li", "", element("h2", "", link), element("p", "gist", ...marked(paper.gist, words)), byline);
    item.dataset.paper = paper.id; // it can be marked
    return item;
  };
  const fetchPart = async ({ number, day }, ending) => {
    const place = number - starts[day];
    const [part] = await load(`data/search/${days[day]}/${Math.floor(place / PAPERS_PER_PART)}${ending}`);
    return part && part[1][place % PAPERS_PER_PART];
  };
  const fetchPaper = async (result, phrases) => {
    const [paper, text] = await Promise.all([fetchPart(result, ".js"), phrases.length ? fetchPart(result, "-texts.js") : ""]);
    if (!paper) return null;
    if (!phrases.length) return paper;
    const texts = [paper.title, paper.authors.join(" "), paper.gist, text || ""].map((one) => ` ${split(one).join(" ")} `);
    return phrases.every((phrase) => texts.some((one) => one.includes(` ${phrase}`))) ? paper : null; // its last word as it begins
  };

  async function show(isOld, isComplete) {
    const { results, query, note, done, back } = answer;
    const shown = query.phrases.length && !isComplete ? Math.min(answer.shown, PHRASES_AT_FIRST) : answer.shown;
    const items = new Map(); // a paper of several days is shown with its first place
    const most = Math.min(results.length, shown * CHECKED_PER_SHOWN);
    let checked = 0;
    while (items.size < shown && checked < most) {
      const some = results.slice(checked, Math.min(checked + Math.max(shown - items.size, CHECKED_AT_LEAST), most));
      checked += some.length;
      const fetched = await Promise.all(some.map((result) => fetchPaper(result, query.phrases)));
      if (isOld()) return;
      fetched.forEach((paper, place) => {
        if (paper && items.size < shown && !items.has(paper.id)) items.set(paper.id, line(days[some[place].day], paper, query.terms));
      });
    }
    const focused = list.contains(document.activeElement) ? document.activeElement.closest("li").dataset.paper : "";
    list.replaceChildren(...items.values());
    document.dispatchEvent(new Event("papers-listed"));
    if (focused && items.has(focused)) items.get(focused).querySelector("a").focus(); // more came while the reader was here
    list.dataset.question = String(asked);
    next.hidden = checked >= results.length;
    const count = query.phrases.length && checked >= results.length ? items.size : results.length;
    const words = query.phrases.length && checked < results.length ? ` have the words; the phrase was looked for in the first ${checked}` : "";
    status.textContent = total ? `${count.toLocaleString("en")} of ${total.toLocaleString("en")} papers${words}` : "No days to search yet.";
    scope.textContent = note || (done ? "" : `Searched back to ${back} …`);
    if (isComplete) status.dataset.ready = "true";
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
  const begin = async (isSubmitted) => {
    clearTimeout(waiting);
    status.dataset.ready = "false";
    answer.shown = SHOWN_AT_ONCE;
    await search(isSubmitted);
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    status.dataset.ready = "false";
    waiting = setTimeout(() => { remember(); begin(false); }, 150);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    remember();
    await begin(true);
    list.querySelector("a")?.focus(); // from there the keys of lists go on
  });
  next.addEventListener("click", () => {
    const mine = asked;
    answer.shown += SHOWN_AT_ONCE;
    show(() => mine !== asked, true);
  });
  if (segments.length) begin(true); else status.textContent = "No days to search yet.";
})();
