package npmrc

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

const tokenMark = ":_authToken"

// Token is one for a registry.
type Token struct {
	Registry string // its address, https://HOST/PATH
	Value    cache.Secret
}

// Keys are the keys under which npm looks for the token of a registry, without their end: the address without its scheme. An
// address of Azure Artifacts has a second one, as the pages of Azure DevOps have it: npm takes either, older clients both.
//
// https://learn.microsoft.com/azure/devops/artifacts/npm/npmrc
func Keys(registry string) []string {
	u, err := url.Parse(registry)
	if err != nil || u.Host == "" {
		return nil
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/") + "/"
	base := "//" + strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	keys := []string{base + path}
	if upper, ok := strings.CutSuffix(path, "/npm/registry/"); ok {
		keys = append(keys, base+upper+"/npm/")
	}
	return keys
}

// Lines are what Set writes for a token, without their ends. Errors: *Error.
func (t Token) Lines() ([]string, error) {
	keys := Keys(t.Registry)
	if len(keys) == 0 || strings.ContainsFunc(keys[0], func(r rune) bool { return !isPart(r, "-._~%/@:+,!") }) {
		return nil, &Error{"the address " + text.Short(t.Registry, 200) + " has a character that no key of an .npmrc can have"}
	}
	value := t.Value.Reveal()
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return !isPart(r, "-._~+/") }) {
		return nil, &Error{"the token for " + text.Short(t.Registry, 200) + " has a character that no value of an .npmrc can have"}
	}
	for i, key := range keys {
		keys[i] = key + tokenMark + "=" + value
	}
	return keys, nil
}

// isPart reports whether r is a letter, a digit or one of more.
func isPart(r rune, more string) bool { return text.IsAlphanumeric(r) || strings.ContainsRune(more, r) }

// Set is a text with tokens in it, in the place of those that were written before. All other lines keep their bytes. What
// was not written by Set is replaced only with overwrite. Errors: *Error, *TakenError.
func Set(content []byte, tokens []Token, overwrite bool) ([]byte, error) {
	all := linesOf(string(content))
	end := "\n"
	if i := strings.IndexByte(string(content), '\n'); i > 0 && content[i-1] == '\r' {
		end = "\r\n"
	}
	for _, t := range tokens {
		lines, err := t.Lines()
		if err != nil {
			return nil, err
		}
		for _, made := range lines {
			key, _, _ := strings.Cut(made, "=")
			there := false
			for i, l := range all {
				if l.key != key {
					continue
				}
				if !overwrite && !isOurs(l.value()) {
					return nil, &TakenError{t.Registry}
				}
				there, all[i].text = true, made+l.end(end)
			}
			if !there {
				all = insert(all, line{made + end, key}, end)
			}
		}
	}
	return join(all), nil
}

// end is what ends a line, or usual where it is the last one and has none.
func (l line) end(usual string) string {
	if end := l.text[len(strings.TrimRight(l.text, "\r\n")):]; end != "" {
		return end
	}
	return usual
}

// insert puts a line behind all others of the top level.
func insert(all []line, made line, end string) []line {
	at := slices.IndexFunc(all, func(l line) bool { return l.key == "" && strings.HasPrefix(l.text, "[") })
	if at < 0 {
		at = len(all)
	}
	if at > 0 && !strings.HasSuffix(all[at-1].text, "\n") && !strings.HasSuffix(all[at-1].text, "\r") {
		all[at-1].text += end
	}
	return slices.Insert(all, at, made)
}

// isOurs reports whether a value is a token of Entra, which ends within hours and can be had again, or none at all. A personal
// access token is no JWT.
func isOurs(value string) bool {
	if value == "" {
		return true
	}
	c, err := claims.Read(cache.NewSecret(value))
	return err == nil && c.Tenant != ""
}

// Remove is a text without the tokens that Set wrote, for registries whose key is below one of some addresses. n is how many
// lines went. Where the last line had no end Set gave it one, which stays: whose it is can't be known.
func Remove(content []byte, below ...string) (rest []byte, n int) {
	var bases []string
	for _, address := range below {
		bases = append(bases, Keys(address)...)
	}
	all := linesOf(string(content))
	kept := slices.DeleteFunc(slices.Clone(all), func(l line) bool {
		key, ok := strings.CutSuffix(l.key, tokenMark)
		return ok && l.value() != "" && isOurs(l.value()) && slices.ContainsFunc(bases, func(base string) bool { return strings.HasPrefix(key, base) })
	})
	return join(kept), len(all) - len(kept)
}

// HasToken reports whether a text has a token for a registry under its own key.
func HasToken(content []byte, registry string) bool {
	keys := Keys(registry)
	return slices.ContainsFunc(linesOf(string(content)), func(l line) bool {
		key, ok := strings.CutSuffix(l.key, tokenMark)
		return ok && slices.Contains(keys, key) && l.value() != ""
	})
}

// Written are the addresses of the registries for which Set wrote tokens, each once.
func Written(content []byte) []string { return written(content, isOurs) }

// Ended are those of Written whose token has ended.
func Ended(content []byte, now time.Time) []string {
	return written(content, func(value string) bool {
		c, err := claims.Read(cache.NewSecret(value))
		return err == nil && isOurs(value) && !c.Expires.IsZero() && c.Expires.Before(now)
	})
}

func written(content []byte, counts func(value string) bool) []string {
	var keys []string
	for _, l := range linesOf(string(content)) {
		if key, ok := strings.CutSuffix(l.key, tokenMark); ok && l.value() != "" && counts(l.value()) && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	var all []string
	for _, key := range keys {
		if upper, ok := strings.CutSuffix(key, "/npm/"); !ok || !slices.Contains(keys, upper+"/npm/registry/") {
			all = append(all, "https:"+key)
		}
	}
	return all
}

func join(all []line) []byte {
	var b strings.Builder
	for _, l := range all {
		b.WriteString(l.text)
	}
	return []byte(b.String())
}
