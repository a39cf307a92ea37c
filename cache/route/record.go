package route

import "time"

// magic begins each route of this form. Another one is for another entralogin.
const magic = "entralogin route 5\n"

// Encode is a route as it is kept: the magic, and then each text with its length before it and a comma behind it, as
// https://cr.yp.to/proto/netstrings.txt has it. A file that was cut off or filled with something else is none.
func (r Route) Encode() []byte {
	to := []byte(magic)
	add := func(text string) {
		to = appendDecimal(to, int64(len(text)))
		to = append(to, ':')
		to = append(to, text...)
		to = append(to, ',')
	}
	number := func(n int) { add(decimal(int64(n))) }
	add(string(r.Question))
	number(len(r.Variables))
	for _, v := range r.Variables {
		if v.Set {
			v.Name += "=" + v.Value
		}
		add(v.Name)
	}
	number(len(r.Files))
	for _, f := range r.Files {
		add(f.Path)
		add(f.Identity)
	}
	add(r.Token)
	add(r.Before)
	add(r.Between)
	number(len(r.Answer))
	for _, p := range r.Answer {
		add(p.Text)
		add(string(p.Slot))
	}
	ahead := 0
	if r.Ahead {
		ahead = 1
	}
	number(ahead)
	number(int(r.Until.Unix()))
	add(r.Key)
	add(r.Cluster)
	add(r.Socket)
	add(r.Request)
	return to
}

// Decode reads a route; ok is false for anything but a whole one of this form.
func Decode(blob []byte) (r Route, ok bool) {
	if len(blob) < len(magic) || string(blob[:len(magic)]) != magic {
		return r, false
	}
	d := decoder{rest: string(blob[len(magic):])} // the texts are parts of this one
	r.Question = []byte(d.text())
	for range d.count() {
		v := Variable{Name: d.text()}
		if at := index(v.Name, "="); at >= 0 { // as in an environment; one that is not set has its name alone
			v = Variable{v.Name[:at], v.Name[at+1:], true}
		}
		r.Variables = append(r.Variables, v)
	}
	for range d.count() {
		r.Files = append(r.Files, File{d.text(), d.text()})
	}
	r.Token, r.Before, r.Between = d.text(), d.text(), d.text()
	for range d.count() {
		r.Answer = append(r.Answer, Piece{d.text(), Slot(d.text())})
	}
	r.Ahead = d.number() == 1
	r.Until = time.Unix(int64(d.number()), 0)
	r.Key, r.Cluster = d.text(), d.text()
	r.Socket, r.Request = d.text(), d.text()
	return r, !d.bad && len(d.rest) == 0
}

// decoder reads texts with their lengths. After the first that is none all others are empty.
type decoder struct {
	rest string
	bad  bool
}

func (d *decoder) text() string {
	n, at := 0, 0
	for ; at < len(d.rest) && at < 8 && d.rest[at] >= '0' && d.rest[at] <= '9'; at++ {
		n = n*10 + int(d.rest[at]-'0')
	}
	if d.bad || at == 0 || len(d.rest) < at+n+2 || d.rest[at] != ':' || d.rest[at+1+n] != ',' {
		d.bad = true
		return ""
	}
	text := d.rest[at+1 : at+1+n]
	d.rest = d.rest[at+n+2:]
	return text
}

// count reads how many parts follow. More than there are bytes can't be.
func (d *decoder) count() int {
	if n := d.number(); n <= len(d.rest) {
		return n
	}
	d.bad = true
	return 0
}

// number reads a number.
func (d *decoder) number() (n int) {
	text := d.text()
	for _, c := range []byte(text) {
		if c < '0' || c > '9' || len(text) > 12 {
			d.bad = true
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
