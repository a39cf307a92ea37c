package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/http"
	"strconv"
)

// pageStyle is the whole style of the pages that a browser gets from here, for light and for dark screens.
const pageStyle = `:root { color-scheme: light dark } body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem } h1 { font-size: 1.5rem; font-weight: 600 } p { overflow-wrap: anywhere }`

const pageText = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%[1]s - entralogin</title>
<style>` + pageStyle + `</style>
<h1>%[1]s</h1>
<p>%[2]s</p>
</html>
`

// protect sets the headers that keep an answer out of caches, frames and referrers, and scripts out of it.
func protect(h http.Header) {
	sum := sha256.Sum256([]byte(pageStyle))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
		"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
}

// writePage writes a page that holds no script and no text that is not escaped. Its length is told, so that it is whole
// even if the connection is closed right after it.
func writePage(w http.ResponseWriter, status int, o outcome) {
	page := fmt.Sprintf(pageText, html.EscapeString(o.title), html.EscapeString(o.text))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	io.WriteString(w, page)
}
