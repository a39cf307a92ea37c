package plugin

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever is computed before main costs every warm call. An error value and a sync.OnceValue cost nothing;
// anything else is computed where it is used.
func TestNothingIsComputedBeforeMain(t *testing.T) {
	cheap := map[string]bool{"errors.New": true, "sync.OnceValue": true, "sync.OnceValues": true, "sync.OnceFunc": true}
	looked := 0
	for _, root := range []string{".", "../cache", "../cmd/entralogin"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if d.IsDir() && d.Name() == "entratest" {
				return filepath.SkipDir
			}
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			looked++
			for _, call := range callsBeforeMain(t, path) {
				if !cheap[call] {
					t.Errorf("%s computes %s before main", path, call)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if looked < 100 {
		t.Errorf("only %d files looked at", looked)
	}
}

// callsBeforeMain are the functions that the package's variables and init call.
func callsBeforeMain(t *testing.T, path string) (calls []string) {
	t.Helper()
	set := gotoken.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			calls = append(calls, "init")
		}
		variables, ok := decl.(*ast.GenDecl)
		if !ok || variables.Tok != gotoken.VAR {
			continue
		}
		ast.Inspect(variables, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CompositeLit:
				if _, ok := n.Type.(*ast.MapType); ok {
					calls = append(calls, "a map")
				}
			case *ast.CallExpr:
				if name, ok := n.Fun.(*ast.SelectorExpr); ok {
					if pkg, ok := name.X.(*ast.Ident); ok {
						calls = append(calls, pkg.Name+"."+name.Sel.Name)
					}
				}
			}
			return true
		})
	}
	return calls
}
