package https

import (
	"bytes"
	"mime"
	"net/http"
)

// isPage reports whether a web page stands where JSON was asked for, as the sign-in page of a network does.
// What a service says of its own trouble (4xx, 5xx) is not judged here, but for 511, "Network Authentication
// Required": https://www.rfc-editor.org/rfc/rfc6585#section-6
func isPage(resp *http.Response, body []byte) bool {
	if resp.StatusCode == http.StatusNetworkAuthenticationRequired {
		return true
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return false
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	return kind == "text/html" || kind == "application/xhtml+xml" || bytes.HasPrefix(body, []byte("<"))
}

func pageError(host string) *AnswerError {
	return &AnswerError{Host: host, Page: true, What: "is a web page and no JSON: it looks like the sign-in page of a network, or of a proxy"}
}
