// Makes pages handier; every page reads well without it.
(() => {
  "use strict";
  const root = document.documentElement;

  // Light, dark, or as the system says.
  const themes = ["auto", "light", "dark"];
  const signs = { auto: "◐", light: "☀", dark: "☾" };
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const show = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const button = document.querySelector(".theme");
    if (button) {
      button.textContent = signs[theme];
      button.setAttribute("aria-label", `Colours: ${theme}`);
      button.title = `Colours: ${theme}`;
    }
  };
  let theme = themes.includes(kept()) ? kept() : "auto";
  show(theme);

  // The filters of a list of papers; the address keeps them, so that they can be linked.
  const filterList = (form) => {
    const items = [...document.querySelectorAll("[data-filtered] > li")].map((node) => ({
      node,
      categories: (node.dataset.categories || "").split(" "),
      topics: (node.dataset.topics || "").split("|"),
      code: node.dataset.code === "1",
      upvotes: Number(node.dataset.upvotes || 0),
      words: null,
    }));
    const status = document.querySelector(".status");
    const apply = () => {
      const wanted = Object.fromEntries(new FormData(form));
      const word = (wanted.word || "").trim().toLowerCase();
      let shown = 0;
      for (const item of items) {
        const match =
          (!wanted.category || item.categories.includes(wanted.category)) &&
          (!wanted.topic || item.topics.includes(wanted.topic)) &&
          (!wanted.code || item.code) &&
          item.upvotes >= Number(wanted.upvotes || 0) &&
          (!word || (item.words ??= item.node.textContent.toLowerCase()).includes(word));
        item.node.hidden = !match;
        shown += match;
      }
      status.textContent = shown === items.length ? `${shown} papers` : `${shown} of ${items.length} papers`;
      const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value)).toString();
      try { history.replaceState(null, "", query ? `?${query}` : location.pathname); } catch { /* not from a folder */ }
    };
    for (const [name, value] of new URLSearchParams(location.search)) {
      const field = form.elements[name];
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === "1";
      else if (field instanceof HTMLElement) field.value = value;
    }
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", (event) => event.preventDefault());
    if (location.search) apply();
  };

  // Links to the day before and the day after, from the list of all days.
  const page = (pager) => {
    const days = Object.entries(window.digestDays || {}).flatMap(([month, numbers]) =>
      numbers.map((number) => `${month}-${String(number).padStart(2, "0")}`));
    const place = days.indexOf(pager.dataset.day);
    const link = (day, rel, text) => {
      if (!day) return;
      const anchor = document.createElement("a");
      anchor.href = `../${day}/${pager.dataset.page || "index.html"}`;
      anchor.rel = rel;
      anchor.textContent = text.replace("%", day);
      pager.append(anchor);
    };
    link(days[place - 1], "prev", "← %");
    if (place >= 0) link(days[place + 1], "next", "% →");
  };

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector(".theme");
    if (button) {
      button.hidden = false;
      button.addEventListener("click", () => {
        theme = themes[(themes.indexOf(theme) + 1) % themes.length];
        try { localStorage.setItem("theme", theme); } catch { /* private windows keep nothing */ }
        show(theme);
      });
      show(theme);
    }
    // The page of a paper that has none any more: the search leads to where it stands.
    const missing = document.querySelector("[data-missing]");
    const paper = missing && /\/papers\/[^/]+\/([a-z-]+_\d{7}|\d{4}\.\d{4,5})\.html$/.exec(location.pathname);
    if (paper) location.replace(missing.dataset.missing + paper[1].replace("_", "/"));
    const pager = document.querySelector(".pager[data-day]");
    if (pager) page(pager);
    const form = document.querySelector("form[data-filters]");
    if (form) filterList(form);
    for (const copy of document.querySelectorAll(".copy")) {
      copy.hidden = false;
      copy.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById(copy.dataset.copies).textContent);
        copy.textContent = "Copied";
      });
    }
  });
})();
