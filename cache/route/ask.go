package route

import "time"

// What is sent to an agent. A route is a file in a cache folder, and whoever has made the folder may have written it: a
// kubeconfig can name one. So a route says neither who is asked nor what is done there, and the agent is told which folder
// the route is in, and answers for its own alone.
const (
	// AgentPath is asked with POST for a token.
	AgentPath = "/v1/token"
	// AgentHeader has the cache folder.
	AgentHeader = "Entralogin-Cache"
)

const (
	// Patience is how long an agent may take for an answer. One that takes longer is asked by the rest of the program.
	Patience = 2 * time.Second
	// mostAnswer bounds the answer of an agent, in bytes.
	mostAnswer = 64 << 10
)

// post is a request for an agent: in HTTP/1.0, so that the answer ends with the connection, and comes in one piece.
// https://www.rfc-editor.org/rfc/rfc9112#section-6.3
func post(dir, body string) string {
	return "POST " + AgentPath + " HTTP/1.0\r\nHost: agent\r\n" + AgentHeader + ": " + dir + "\r\nContent-Type: application/json\r\nContent-Length: " +
		decimal(int64(len(body))) + "\r\n\r\n" + body
}

// mayAsk reports whether a socket is where the agent of this machine listens for the user's own programs, by what the call
// sees, and whether the cache folder can be named to it. package agent knows the same places (OwnPlace).
func (q Question) mayAsk(socket, dir string) bool {
	for i := range len(dir) {
		if dir[i] <= ' ' || dir[i] == 0x7f { // beyond ASCII is as good in a header: https://www.rfc-editor.org/rfc/rfc9110#section-5.5
			return false
		}
	}
	runtime, _ := q.Lookup("XDG_RUNTIME_DIR")
	for len(runtime) > 1 && runtime[len(runtime)-1] == '/' {
		runtime = runtime[:len(runtime)-1]
	}
	if runtime != "" && runtime[0] == '/' {
		return socket == runtime+"/entralogin/agent.sock"
	}
	user := decimal(int64(effectiveUser()))
	return socket == "/tmp/entralogin-agent-"+user+"/agent.sock" || runtime == "" && socket == "/run/user/"+user+"/entralogin/agent.sock"
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
