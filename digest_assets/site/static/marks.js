// Marks on papers: buttons and keys in every list. They stay in this browser; where the server says so, they go to it too.
(() => {
  "use strict";
  const kinds = { read: "Read", saved: "Save for later", liked: "Like", not_interested: "Not interested" };
  const keys = { r: "read", s: "saved", l: "liked", x: "not_interested" };
  const opposites = { liked: "not_interested", not_interested: "liked" };
  const server = window.digestServer;

  const load = (name, otherwise) => {
    try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
  };
  // Private windows keep nothing.
  const keep = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* see above */ } };

  let reader = server && server.readers.includes(load("reader", "")) ? load("reader", "") : "";
  const named = (name) => (reader ? `${name}:${reader}` : name);
  const isMark = (mark) => mark && typeof mark.id === "string" && Object.hasOwn(kinds, mark.kind);
  const list = (name) => { const found = load(named(name), []); return Array.isArray(found) ? found.filter(isMark) : []; };
  let marks = list("marks");
  const same = (one, other) => one.id === other.id && one.kind === other.kind;
  const holds = (id, kind) => marks.some((mark) => same(mark, { id, kind }));

  const change = (id, kind, is_set) => {
    marks = marks.filter((mark) => mark.id !== id || (mark.kind !== kind && !(is_set && mark.kind === opposites[kind])));
    if (is_set) marks.push({ id, kind });
    keep(named("marks"), marks);
    if (server) keep(named("unsent"), [...list("unsent").filter((mark) => !same(mark, { id, kind })), { id, kind, is_set }]);
  };

  // What was marked while the server was away or busy goes with the next; its answer is what holds.
  let sending = false;
  let isAsked = false; // while something is being sent
  const talk = async () => {
    isAsked = true;
    if (!server || sending) return;
    sending = true;
    while (isAsked) {
      isAsked = false;
      await exchange();
    }
    sending = false;
  };
  const exchange = async () => {
    try {
      const unsent = list("unsent").slice(0, 500);
      const body = JSON.stringify({ reader, marks: unsent });
      const asked = unsent.length ? { method: "POST", headers: { "Content-Type": "application/json" }, body } : {};
      const answer = await fetch(unsent.length ? server.marks : `${server.marks}?reader=${encodeURIComponent(reader)}`, asked);
      if (answer.ok) {
        const held = (await answer.json()).filter(isMark);
        const later = list("unsent").filter((mark) => !unsent.some((sent) => same(sent, mark) && sent.is_set === mark.is_set));
        keep(named("unsent"), later);
        marks = held.filter((mark) => !later.some((other) => same(other, mark) && !other.is_set));
        for (const { id, kind, is_set } of later) if (is_set && !holds(id, kind)) marks.push({ id, kind });
        keep(named("marks"), marks);
        refresh();
      }
    } catch { /* away: the next page sends it */ }
  };
  const toggle = (id, kind) => {
    change(id, kind, !holds(id, kind));
    refresh();
    talk();
  };

  let places = [];
  function refresh() {
    places = places.filter(({ place }) => place.isConnected); // search replaces its results
    for (const { id, buttons } of places) {
      for (const button of buttons) button.setAttribute("aria-pressed", String(holds(id, button.dataset.kind)));
    }
    const count = `${marks.length} mark${marks.length === 1 ? "" : "s"}`;
    for (const link of document.querySelectorAll("a.save-marks")) {
      link.hidden = !marks.length;
      link.textContent = `Download ${count}`;
      link.href = `data:application/json,${encodeURIComponent(JSON.stringify(marks, null, 1))}`;
    }
  }

  const element = (name, properties, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };
  const offer = (place, id, isOneOfMany) => {
    const buttons = Object.entries(kinds).map(([kind, words]) => {
      const button = element("button", { type: "button", textContent: words });
      button.dataset.kind = kind;
      if (isOneOfMany) button.tabIndex = -1; // keys mark too, and Tab goes from paper to paper
      button.addEventListener("click", () => toggle(id, kind));
      return button;
    });
    for (const button of buttons) place.append(button, " ");
    place.hidden = false;
    places.push({ place, id, buttons });
  };

  // The file that the command takes, too, and the way back.
  const offerFiles = (place) => {
    place.append(element("a", { className: "save-marks", download: "marks.json" }), " ");
    const file = element("input", { type: "file", accept: ".json,application/json" });
    file.addEventListener("change", async () => {
      let found = null;
      try { found = JSON.parse(await file.files[0].text()); } catch { /* said below */ }
      const good = Array.isArray(found) ? found.filter(isMark) : [];
      for (const { id, kind } of good) if (!holds(id, kind)) change(id, kind, true);
      status.textContent = good.length ? `${good.length} marks read.` : "This file holds no marks.";
      refresh();
      talk();
    });
    const status = element("span", { role: "status" });
    place.append(element("label", { className: "load-marks" }, "Load marks ", file), " ", status);
    if (server && server.readers.length > 1) {
      const choice = element("select", {}, ...server.readers.map((name) => new Option(name || "the settings' own", name)));
      choice.value = reader;
      choice.addEventListener("change", () => {
        reader = choice.value;
        keep("reader", reader);
        marks = list("marks");
        refresh();
        talk();
      });
      place.append(" ", element("label", {}, "Marks of ", choice));
    }
  };

  // j and k go from paper to paper; what is chosen takes the focus, so that a screen reader says it.
  let chosen = -1;
  const step = (by) => {
    const items = [...document.querySelectorAll("li[data-paper]")].filter((item) => !item.hidden);
    if (!items.length) return;
    const focused = items.findIndex((item) => item.contains(document.activeElement));
    chosen = Math.min(Math.max((focused >= 0 ? focused : chosen) + by, 0), items.length - 1);
    const link = items[chosen].querySelector("a");
    link.focus();
    items[chosen].scrollIntoView({ block: "nearest" });
  };
  const getFocused = () => {
    const item = document.activeElement && document.activeElement.closest("li[data-paper]");
    return item || document.querySelector("p.marks[data-paper]");
  };
  let help = null;
  const explain = () => {
    if (!help) {
      const words = { "j, k": "next paper, the one before", o: "open it", r: "read", s: "save for later", l: "like", x: "not interested", "?": "these lines" };
      const rows = Object.entries(words).map(([key, what]) => element("tr", {}, element("th", { scope: "row", textContent: key }), element("td", { textContent: what })));
      const active = element("input", { type: "checkbox", checked: load("keys", true) });
      active.addEventListener("change", () => keep("keys", active.checked));
      const close = element("button", { type: "button", textContent: "Close" });
      close.addEventListener("click", () => help.close());
      help = element("dialog", { className: "keys" }, element("h2", { textContent: "Keys" }),
        element("table", { className: "ledger" }, element("tbody", {}, ...rows)), element("label", {}, active, " Keys are on (but for ?)"), " ", close);
      help.setAttribute("aria-label", "Keys");
      document.body.append(help);
    }
    help.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
    if (event.key === "?") { event.preventDefault(); explain(); return; }
    if (!load("keys", true)) return;
    if (event.key === "j" || event.key === "k") { event.preventDefault(); step(event.key === "j" ? 1 : -1); return; }
    const paper = getFocused();
    if (!paper) return;
    if (event.key === "o" && paper.tagName === "LI") paper.querySelector("a").click();
    else if (Object.hasOwn(keys, event.key)) toggle(paper.dataset.paper, keys[event.key]);
  });

  let hasFoot = false;
  const offerAll = () => {
    for (const place of document.querySelectorAll("p.marks[data-paper]:empty")) offer(place, place.dataset.paper, false);
    for (const item of document.querySelectorAll("li[data-paper]:not(:has(> p.marks))")) {
      const place = element("p", { className: "marks" });
      place.setAttribute("role", "group");
      place.setAttribute("aria-label", "Mark this paper");
      item.append(place);
      offer(place, item.dataset.paper, true);
    }
    const foot = document.querySelector("footer.foot");
    if (foot && places.length && !hasFoot) {
      hasFoot = true;
      const files = element("p", { className: "marks" });
      foot.prepend(files);
      offerFiles(files);
      const button = element("button", { type: "button", textContent: "Keys" });
      button.addEventListener("click", explain);
      files.append(" ", button);
    }
    refresh();
  };
  window.addEventListener("storage", ({ key }) => { // marked in another tab: the list is one
    if (key !== named("marks") && key !== null) return;
    marks = list("marks");
    refresh();
  });
  document.addEventListener("papers-listed", offerAll); // a list that was made in the browser
  document.addEventListener("DOMContentLoaded", () => {
    offerAll();
    talk();
  });
})();
