package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// advice is a text of the program that a command stands in, or is put into.
type advice struct {
	at     string   // FILE:LINE
	text   string   // as it stands there
	pieces []string // what of it stands in the output, whatever is put in
}

// in reports whether an output has the text, which may begin a sentence there.
func (a advice) in(output string) bool {
	output = strings.ToLower(output)
	for _, piece := range a.pieces {
		_, after, ok := strings.Cut(output, strings.ToLower(piece))
		if !ok {
			return false
		}
		output = after
	}
	return true
}

// commandIn finds a command of the program in a text: no page of help, and not init, which asks a person at a terminal
// for what it needs.
var commandIn = regexp.MustCompile(`\bentralogin (login|logout|whoami|status|doctor|get-token|account|app|cache|config|git|docker (?:setup|unset|check)|graph|kubeconfig|version|agent unlock|artifacts)\b`)

// makers are the functions that make commands, and the names under which packages that can't call them are handed one.
func makers() []string {
	return []string{"LoginCommand", "LoginCommandBy", "SetCommand", "LogoutCommand", "LogoutAllCommand", "Command", "CallCommand", "AddCommand", "ConvertCommand", "ConfigCommand",
		"login", "graphMe", "forget", "words", "toAdd", "toConvert", "add", "beside", "convert", "again", "absolute", "setup", "SignIn", "Again", "Example"}
}

// adviceIn lists the texts of a folder in which a command stands, or beside which one is made.
func adviceIn(t *testing.T, dir string) []advice {
	t.Helper()
	var found []advice
	files := token.NewFileSet()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "entratest") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		for _, text := range textsOf(file) {
			p := files.Position(text.Pos())
			content, err := strconv.Unquote(text.Value)
			if err != nil {
				return err
			}
			content = text.about + content
			found = append(found, advice{filepath.ToSlash(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path)) + ":" + strconv.Itoa(p.Line), content, piecesOf(content)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// literal is a text in the source. One that is a command and nothing else is told by what was found.
type literal struct {
	*ast.BasicLit
	about string
}

// textsOf finds the texts of a file. What help pages are made of is none.
func textsOf(file *ast.File) []literal {
	var found []literal
	take := func(n ast.Node, all bool) {
		ast.Inspect(n, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			known := func(l literal) bool { return l.BasicLit == lit }
			if ok && lit.Kind == token.STRING && (all || commandIn.MatchString(lit.Value)) && !slices.ContainsFunc(found, known) {
				found = append(found, literal{lit, ""})
			}
			return true
		})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			name, _ := n.Key.(*ast.Ident)
			if name != nil && slices.Contains([]string{"Example", "Long", "Short", "Use"}, name.Name) {
				return false
			}
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			if n.Op == token.ADD && isMade(n.Y) {
				take(n.X, true)
				return true
			}
			if n.Op == token.ADD && isMade(n.X) {
				take(n.Y, true)
			}
		case *ast.CallExpr:
			if len(n.Args) > 1 && slices.ContainsFunc(n.Args[1:], isMade) && isText(n.Args[0]) {
				if lit := n.Args[0].(*ast.BasicLit); lit.Value == `"%s"` {
					found = append(found, literal{lit, whatOf(n.Fun)})
				}
				take(n.Args[0], true)
			}
		case *ast.BasicLit:
			take(n, false)
		}
		return true
	})
	return found
}

// whatOf is what a finding says that is given a remedy.
func whatOf(or ast.Expr) (what string) {
	ast.Inspect(or, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && what == "" {
			what, _ = strconv.Unquote(lit.Value)
		}
		return true
	})
	return what
}

func isText(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING
}

// isMade reports whether an expression is a command that was made.
func isMade(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return slices.Contains(makers(), e.Name)
	case *ast.SelectorExpr:
		return slices.Contains(makers(), e.Sel.Name)
	case *ast.CallExpr:
		line, _ := e.Fun.(*ast.SelectorExpr)
		if line != nil && line.Sel.Name == "Line" && len(e.Args) > 0 && isText(e.Args[0]) {
			return e.Args[0].(*ast.BasicLit).Value == `"entralogin"`
		}
		return isMade(e.Fun)
	}
	return false
}

// piecesOf are the parts of a text between what is put into it.
func piecesOf(text string) []string {
	var pieces []string
	for _, piece := range regexp.MustCompile(`%[-+#0-9.\[\]]*[a-zA-Z]|\{[a-z]+\}`).Split(strings.ReplaceAll(text, "%%", "%"), -1) {
		if piece = strings.TrimSpace(piece); len(piece) > 3 {
			pieces = append(pieces, piece)
		}
	}
	return pieces
}
