// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// gi-docgen loads this file on every page.

// The pages of other libraries, for the links of the reference
baseURLs = [
  ["GLib", "https://docs.gtk.org/glib/"],
  ["GObject", "https://docs.gtk.org/gobject/"],
  ["Gio", "https://docs.gtk.org/gio/"],
  ["Athr", "../athreading-1/"],
];

// The groups of pages in the side bar and on the first page. overview.md has the same groups.
const GROUPS = [
  ["Start here", [
    ["overview", "Overview"],
    ["getting-started-c", "Getting started in C"],
    ["getting-started-python", "Getting started in Python"],
    ["getting-started-javascript", "Getting started in JavaScript"],
    ["getting-started-vala", "Getting started in Vala"],
    ["contact-sheet", "A GTK application"],
    ["coming-from", "Coming from other libraries"],
    ["cookbook", "Cookbook"],
    ["cookbook-c", "Cookbook: C"],
    ["cookbook-python", "Cookbook: Python"],
    ["cookbook-javascript", "Cookbook: JavaScript"],
  ]],
  ["Guide", [
    ["streams", "Streams"],
    ["backpressure", "Backpressure"],
    ["two-way", "Two-way streams"],
    ["threads", "Threads and contexts"],
    ["cancellation", "Cancellation and closing"],
    ["newest", "Only the newest answer"],
    ["groups", "Many calls as one"],
    ["owner", "Work that ends with its window"],
    ["map", "Many items"],
    ["ask", "Asking the user"],
    ["errors", "Errors and what to do"],
    ["process-life", "Fork, exit and dead contexts"],
    ["debugging", "Seeing what runs"],
  ]],
  ["Languages", [
    ["languages", "What each language has"],
    ["python", "Python"],
    ["python-pairs", "Python, side by side"],
    ["javascript", "JavaScript"],
    ["threads-for-gjs", "Threads for GJS"],
    ["lua", "Lua"],
    ["vala", "Vala"],
    ["largest-files", "One program, four languages"],
  ]],
  ["How it works inside", [
    ["guarantees", "Guarantees"],
    ["performance", "Performance"],
    ["internals", "Internals"],
  ]],
];

const root = document.currentScript.src.includes("/athreading-invoke-1/") ? "../athreading-1/" : "";

document.head.insertAdjacentHTML("beforeend", '<link rel="stylesheet" href="site.css" type="text/css" />');

/** Makes a link to a page. */
function linkTo([name, title]) {
  const link = document.createElement("a");
  link.href = `${root}${name}.html`;
  link.textContent = title;
  if (document.location.pathname.endsWith(`/${name}.html`))
    link.className = "current";
  return link;
}

/** Makes a group with a heading. */
function makeGroup(heading, title, pages, list) {
  const group = document.createElement("div");
  const head = document.createElement(heading);
  head.textContent = title;
  group.className = "section";
  group.append(head, list(pages.map(linkTo)));
  return group;
}

/** Makes a list for the side bar. */
function makeLinks(links) {
  const list = document.createElement("div");
  list.className = "links";
  list.append(...links);
  return list;
}

/** Makes a list for the first page. */
function makeList(links) {
  const list = document.createElement("ul");
  for (const link of links)
    list.appendChild(document.createElement("li")).append(link);
  return list;
}

window.addEventListener("DOMContentLoaded", () => {
  const extra = document.querySelector(".toggle-wrapper > #extra");
  const links = GROUPS.map(([title, pages]) => makeGroup("h5", title, pages, makeLinks));

  if (extra !== null && root === "") {
    const groups = GROUPS.map(([title, pages]) => makeGroup("h5", title, pages, makeList));
    const pages = extra.closest("section");
    pages.querySelector(".docblock").replaceChildren(...groups);
    document.querySelector("#main > header > .description").after(pages);
    document.querySelector(".sidebar .namespace").after(...links);
  } else {
    document.querySelector(".sidebar .generator").before(...links);
  }

  // The page itself must not scroll: in a narrow window the side bar is below the page.
  const current = document.querySelector(".sidebar .current");
  const sidebar = document.querySelector(".sidebar");
  if (current !== null)
    sidebar.scrollTop = current.offsetTop - sidebar.clientHeight / 2;
});
