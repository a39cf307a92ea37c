package route

import "time"

// maxFile is the size of the largest file of the cache, in bytes.
const maxFile = 1 << 20

// Found is the route of a question, with its token, which is fresh.
type Found struct {
	Route
	Access string // the token
	Life   Life

	dir string // the cache folder
}

// Answer returns the answer to a question that was settled before. ok is false where it has none: then nothing has
// happened, and the rest of the program is asked.
func Answer(q Question, now time.Time) (answer []byte, ok bool) {
	f, ok := Find(q, now)
	if !ok || f.Key != "" {
		return nil, false
	}
	return f.Render()
}

// Find returns the route of a question that was settled before. ok is false where there is none that holds.
//
// A cache folder that somebody else has made, to which a kubeconfig may point, holds tokens of theirs alone: no route
// leads out of it, and no link.
func Find(q Question, now time.Time) (f Found, ok bool) {
	path, ok := q.Place()
	if !ok {
		return f, false
	}
	dir, _ := q.cacheDir()
	if !isFolder(dir + "/" + Folder) {
		return f, false
	}
	blob, ok := readPrivate(path)
	if !ok {
		return f, false
	}
	r, ok := Decode(blob)
	if !ok || !r.holds(q, now) {
		return f, false
	}
	content, ok := r.read(q, dir)
	if !ok {
		return f, false
	}
	token, life, ok := r.parse(content)
	if !ok || !life.Fresh(now) || r.Ahead && life.Due(now) {
		return f, false
	}
	return Found{Route: r, Access: token, Life: life, dir: dir}, true
}

// read returns what stands in the token file, or the agent's answer in its place, which has one such line.
func (r Route) read(q Question, dir string) (content string, ok bool) {
	if index(r.Token, "/") >= 0 || index(r.Key, "/") >= 0 {
		return "", false
	}
	if r.Socket != "" {
		if r.Token != "" || r.Key != "" || !q.mayAsk(r.Socket, dir) {
			return "", false
		}
		answer, ok := ask(r.Socket, post(dir, r.Request), time.Now().Add(Patience))
		if !ok {
			return "", false
		}
		return bodyOf(answer)
	}
	tokens := dir + "/" + Tokens
	if !isFolder(tokens) {
		return "", false
	}
	file, ok := readPrivate(tokens + "/" + r.Token)
	return string(file), ok
}

// Render is the answer with the token.
func (f Found) Render() ([]byte, bool) { return render(f.Answer, f.Access, f.Life) }

// RenderSigned is the answer with a request that was signed in the place of the token, and is used until then.
func (f Found) RenderSigned(request string, end time.Time) ([]byte, bool) {
	life := f.Life
	life.End = end
	return render(f.Answer, request, life)
}

// ReadKey returns the file of the key.
func (f Found) ReadKey() (content []byte, ok bool) {
	if f.Key == "" || !isFolder(f.dir+"/"+Keys) {
		return nil, false
	}
	return readPrivate(f.dir + "/" + Keys + "/" + f.Key)
}

// Bound reports whether the token file says that the token is bound to the key of that thumbprint.
func (f Found) Bound(id string) bool { return index(f.Before, `"kid":"`+id+`"`) >= 0 }

// holds reports whether all is as it was.
func (r Route) holds(q Question, now time.Time) bool {
	if string(r.Question) != string(q.Text()) || !now.Before(r.Until) {
		return false
	}
	for _, v := range r.Variables {
		if value, set := q.Lookup(v.Name); set != v.Set || value != v.Value {
			return false
		}
	}
	for _, f := range r.Files {
		if identity, ok := Identify(f.Path); !ok || identity != f.Identity {
			return false
		}
	}
	return true
}

// The parts of a token file that stand before its times and its token: package cache writes them, and this package takes
// no other form.
const (
	expiresMark  = `"expires":"`
	obtainedMark = `","obtained":"`
	tokenMark    = `,"token":"`
	endMark      = "\"}\n"
)

// Split takes a token file apart that package cache wrote. before is what says whose token it is, between what else is
// said of it.
func Split(content string) (before, between, token string, ok bool) {
	start := index(content, expiresMark)
	if start < 0 {
		return "", "", "", false
	}
	before = content[:start]
	rest := content[start+len(expiresMark):]
	at := index(rest, obtainedMark)
	if at < 0 {
		return "", "", "", false
	}
	rest = rest[at+len(obtainedMark):]
	quote, end := index(rest, `"`), index(rest, tokenMark)
	if quote < 0 || end < quote {
		return "", "", "", false
	}
	between = rest[quote:end]
	token, _, ok = Route{Before: before, Between: between}.parse(content)
	return before, between, token, ok
}

// parse reads the token file of a route.
func (r Route) parse(content string) (token string, l Life, ok bool) {
	p := parser{rest: content, ok: true}
	p.take(r.Before)
	p.take(expiresMark)
	l.Expires = p.time()
	p.take(obtainedMark)
	l.Obtained = p.time()
	p.take(r.Between)
	p.take(tokenMark)
	token = p.plain()
	p.take(endMark)
	return token, l, p.ok && p.rest == "" && token != ""
}

// parser reads a text from its beginning.
type parser struct {
	rest string
	ok   bool
}

// take takes a text that has to follow.
func (p *parser) take(text string) {
	if p.ok = p.ok && hasPrefix(p.rest, text); p.ok {
		p.rest = p.rest[len(text):]
	}
}

// plain takes what stands before the next quote: visible ASCII without a backslash.
func (p *parser) plain() string {
	n := 0
	for n < len(p.rest) && p.rest[n] > ' ' && p.rest[n] <= '~' && p.rest[n] != '"' && p.rest[n] != '\\' {
		n++
	}
	text := p.rest[:n]
	p.rest = p.rest[n:]
	return text
}

func (p *parser) time() time.Time {
	t, err := time.Parse(time.RFC3339Nano, p.plain())
	p.ok = p.ok && err == nil
	return t
}
