package main

import "html/template"

// layout is a page whole. The policy lets it load what lies beside it and nothing else, and send nothing anywhere.
var layout = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Page.Title}}{{if ne .Page.Name "index.html"}} · entralogin{{end}}</title>
<link rel="icon" href="icon.svg">
<link rel="stylesheet" href="site.css">
<script src="site.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the page</a>
<header>
<a class="brand" href="index.html"><img src="icon.svg" alt="" width="22" height="22">entralogin</a>
<div class="search" role="search" hidden>
<input type="search" placeholder="Search" aria-label="Search all pages" autocomplete="off" spellcheck="false">
<kbd aria-hidden="true">/</kbd>
<ol class="found" hidden></ol>
</div>
</header>
<div class="columns">
<nav class="menu" aria-label="Pages">
<input type="checkbox" id="open-menu"><label for="open-menu">All pages</label>
<div class="list">
{{range .Sections}}<h2>{{.Title}}</h2>
<ul>
{{range .Pages}}<li><a href="{{.Name}}"{{if eq .Name $.Page.Name}} aria-current="page"{{end}}>{{.Label}}</a></li>
{{end}}</ul>
{{end}}</div>
</nav>
<main id="main">
{{.Page.Body}}</main>
<nav class="parts" aria-label="On this page">
<h2>On this page</h2>
<ul>
{{range .Page.Parts}}{{if eq .Level 2}}<li><a href="#{{.ID}}">{{.Title}}</a></li>
{{end}}{{end}}</ul>
</nav>
</div>
<footer>MIT license. This site loads nothing from elsewhere and keeps nothing of its readers.</footer>
</body>
</html>
`))
