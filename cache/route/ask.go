package route

import "time"

const (
	// Patience is how long an agent may take for an answer. One that takes longer is asked by the rest of the program.
	Patience = 2 * time.Second
	// mostAnswer bounds the answer of an agent, in bytes.
	mostAnswer = 64 << 10
)

// Post is a request for an agent: in HTTP/1.0, so that the answer ends with the connection, and comes in one piece.
// https://www.rfc-editor.org/rfc/rfc9112#section-6.3
func Post(path, body string) string {
	return "POST " + path + " HTTP/1.0\r\nHost: agent\r\nContent-Type: application/json\r\nContent-Length: " + decimal(int64(len(body))) + "\r\n\r\n" + body
}

// bodyOf returns the body of a good answer of HTTP.
// https://www.rfc-editor.org/rfc/rfc9112#section-4
func bodyOf(answer string) (body string, ok bool) {
	const end = "\r\n\r\n"
	if !hasPrefix(answer, "HTTP/1.0 200 ") && !hasPrefix(answer, "HTTP/1.1 200 ") {
		return "", false
	}
	at := index(answer, end)
	if at < 0 {
		return "", false
	}
	return answer[at+len(end):], true
}

// folderOf is the folder of a path, "" for that of the root and for one that is not absolute.
func folderOf(path string) string {
	for i := len(path) - 1; i > 0 && path[0] == '/'; i-- {
		if path[i] == '/' {
			return path[:i]
		}
	}
	return ""
}
