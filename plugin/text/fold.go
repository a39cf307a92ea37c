package text

import "strings"

// Fold breaks a clean text between words into lines of width columns. A longer word keeps a line of its own; 0 or
// less means no bound. A command line, which people copy, is one word.
func Fold(s string, width int) []string {
	words := strings.Fields(s)
	lines := []string{""}
	for len(words) > 0 {
		n := commandLine(words)
		word := strings.Join(words[:n], " ")
		if n > 1 && width > 0 && Width(word) > width && !strings.Contains(word, " -") {
			n, word = 1, words[0] // short enough to type, or part of a sentence
		}
		words = words[n:]
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case width > 0 && Width(*last)+1+Width(word) > width:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}

// commandLine is how many words, of those that a text goes on with, are a command line of ours or of a program that
// our advice names; 1 where they are none. In quotes it goes on to the closing one; elsewhere it takes the subcommands,
// flags with their values, and what looks like no word of a sentence.
func commandLine(words []string) int {
	const longest = 40 // words
	first := strings.TrimLeft(words[0], "(")
	if first == "kubectl" && len(words) > 1 && words[1] == "entralogin" {
		return 1 + commandLine(words[1:]) // as krew installs it
	}
	quoted := strings.HasPrefix(first, `"`)
	switch strings.Trim(first, `"`) {
	case "entralogin", "git", "kubectl", "az", "cp", "chmod":
	default:
		return 1
	}
	flag, typed := false, strings.HasPrefix(first, "entralogin") // "kubectl asks nobody" is a sentence
	for n := 1; n < min(len(words), longest); n++ {
		word := words[n]
		if quoted {
			if strings.Contains(word, `"`) {
				return n + 1
			}
			continue
		}
		isName := n <= 2 && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz-.,;:)") == ""
		isFlag := strings.HasPrefix(word, "-")
		if !isName && !isFlag && !flag && !strings.ContainsAny(word, "@/:=") && strings.ToUpper(word) != word {
			return named(n, typed)
		}
		typed = typed || !isName
		if strings.ContainsAny(word[len(word)-1:], ".,;:)") {
			return named(n+1, typed)
		}
		flag = isFlag && !strings.Contains(word, "=")
	}
	if quoted {
		return 1
	}
	return named(min(len(words), longest), typed)
}

// named is n where words are a command line that is to be typed, and 1 where they are not.
func named(n int, typed bool) int {
	if typed {
		return n
	}
	return 1
}
