package route

import "sync"

// Trace takes down what a call looks at on its way to an answer. A nil one takes down nothing.
type Trace struct {
	lookup func(string) (string, bool)

	mu        sync.Mutex
	variables map[string]Variable
	files     map[string]File
	spoilt    bool
}

// NewTrace makes a trace over an environment.
func NewTrace(lookup func(string) (string, bool)) *Trace {
	return &Trace{lookup: lookup, variables: map[string]Variable{}, files: map[string]File{}}
}

// Lookup looks up a variable.
func (t *Trace) Lookup(name string) (value string, set bool) {
	value, set = t.lookup(name)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.variables[name] = Variable{name, value, set}
	return value, set
}

// File takes down what is at a path at this moment. It has to be called before the file is read: if it changes in
// between, the route is for what was there before, and counts no more.
func (t *Trace) File(path string) {
	if t == nil {
		return
	}
	identity, ok := Identify(path)
	t.mu.Lock()
	defer t.mu.Unlock()
	if before, known := t.files[path]; !ok || known && before.Identity != identity {
		t.spoilt = true
	}
	t.files[path] = File{path, identity}
}

// Spoil says that the answer came from more than what the trace has.
func (t *Trace) Spoil() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spoilt = true
}

// surroundings are read by packages whose look at them is not traced: adrg/xdg and time.
func surroundings() []string {
	return []string{"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_RUNTIME_DIR", "TZ"}
}

// Seen returns what the call has looked at, but for the file that has the token, "" for none; ok is false where that is not
// all.
func (t *Trace) Seen(but string) (variables []Variable, files []File, ok bool) {
	if t == nil {
		return nil, nil, false
	}
	for _, name := range surroundings() {
		t.Lookup(name)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	held := false // a secret, which is not to be kept
	ok = but == ""
	for _, v := range t.variables {
		if v.Name != execInfo { // the question has it
			variables = append(variables, v)
		}
		held = held || v.Value != "" && secret(v.Name+"=")
	}
	for _, f := range t.files {
		if f.Path != but {
			files = append(files, f)
		}
		ok = ok || f.Path == but
	}
	return variables, files, ok && !t.spoilt && !held
}
