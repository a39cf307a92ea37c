// Search and buttons that copy. The site can be read without.
"use strict";

const box = document.querySelector(".search");
const field = box.querySelector("input");
const list = box.querySelector(".found");
const most = 12;
let chosen = -1;

// The texts of all pages are loaded when somebody begins to search.
function load() {
	if (document.getElementById("texts")) return;
	const script = document.createElement("script");
	script.id = "texts";
	script.src = "index.js";
	script.onload = show;
	document.head.append(script);
}

// score says how well an entry, which is [address, page, part, text], fits all words, 0 if it does not.
function score(entry, words) {
	const [page, part, text] = entry.slice(1).map((s) => s.toLowerCase()), phrase = words.join(" ");
	let sum = 0;
	for (const word of words) {
		const times = Math.min(text.split(word).length - 1, 3);
		const found = (part.includes(word) ? 15 : 0) + (page.includes(word) ? 3 : 0) + times;
		if (found === 0) return 0;
		sum += found;
	}
	return sum + (part.endsWith(phrase) ? 30 : 0) + (text.includes(phrase) ? 8 : 0);
}

// excerpt is the text around the first of the words, with all of them marked.
function excerpt(text, words) {
	const at = words.map((word) => text.toLowerCase().indexOf(word)).filter((i) => i >= 0);
	const from = Math.max(0, Math.min(...at, text.length) - 50);
	const begin = from === 0 ? 0 : text.indexOf(" ", from) + 1;
	const shown = document.createElement("span");
	if (begin > 0) shown.append("… ");
	let rest = text.slice(begin, begin + 170);
	while (rest) {
		const low = rest.toLowerCase();
		let next = -1, length = 0;
		for (const word of words) {
			const i = low.indexOf(word);
			if (i >= 0 && (next < 0 || i < next)) [next, length] = [i, word.length];
		}
		if (next < 0) break;
		const mark = document.createElement("mark");
		mark.textContent = rest.slice(next, next + length);
		shown.append(rest.slice(0, next), mark);
		rest = rest.slice(next + length);
	}
	shown.append(rest, begin + 170 < text.length ? " …" : "");
	return shown;
}

function show() {
	const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
	chosen = -1;
	list.replaceChildren();
	list.hidden = words.length === 0 || typeof pages === "undefined";
	if (list.hidden) return;
	const fit = pages.map((entry, i) => [score(entry, words), i]).filter(([n]) => n > 0);
	fit.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
	for (const [, i] of fit.slice(0, most)) {
		const link = document.createElement("a"), title = document.createElement("strong"), item = document.createElement("li");
		link.href = pages[i][0];
		title.textContent = pages[i][1] === pages[i][2] ? pages[i][1] : pages[i][1] + " › " + pages[i][2];
		link.append(title, excerpt(pages[i][3], words));
		item.append(link);
		list.append(item);
	}
	if (fit.length === 0) {
		const item = document.createElement("li");
		item.className = "nothing";
		item.textContent = "Nothing found.";
		list.append(item);
	}
}

function choose(step) {
	const links = list.querySelectorAll("a");
	if (list.hidden || links.length === 0) return;
	links[chosen]?.classList.remove("chosen");
	chosen = (chosen + step + links.length + (chosen < 0 && step < 0 ? 1 : 0)) % links.length;
	links[chosen].classList.add("chosen");
	links[chosen].scrollIntoView({ block: "nearest" });
}

box.hidden = false;
field.addEventListener("focus", load);
field.addEventListener("input", () => { load(); show(); });
field.addEventListener("keydown", (event) => {
	if (event.key === "ArrowDown" || event.key === "ArrowUp") {
		choose(event.key === "ArrowDown" ? 1 : -1);
		event.preventDefault();
	} else if (event.key === "Enter") {
		(list.querySelectorAll("a")[Math.max(chosen, 0)])?.click();
	} else if (event.key === "Escape") {
		field.value = "";
		show();
		field.blur();
	}
});
list.addEventListener("click", () => { list.hidden = true; });
document.addEventListener("click", (event) => { if (!box.contains(event.target)) list.hidden = true; });
document.addEventListener("keydown", (event) => {
	if (event.key === "/" && !event.ctrlKey && !event.metaKey && document.activeElement !== field) {
		field.focus();
		event.preventDefault();
	}
});

// typed is what a person wants of a block: of a session the commands alone.
function typed(block) {
	const text = block.textContent;
	if (block.parentElement.dataset.language !== "console") return text;
	return text.split("\n").filter((line) => line.startsWith("$ ")).map((line) => line.slice(2)).join("\n") + "\n";
}

for (const block of document.querySelectorAll("pre[data-language] > code")) {
	const button = document.createElement("button");
	button.className = "copy";
	button.type = "button";
	button.textContent = "Copy";
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(typed(block));
		button.textContent = "Copied";
		button.classList.add("done");
		setTimeout(() => { button.textContent = "Copy"; button.classList.remove("done"); }, 1500);
	});
	block.parentElement.append(button);
}
