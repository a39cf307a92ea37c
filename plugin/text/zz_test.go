package text
import "testing"
func TestZZ(t *testing.T) { t.Fatal("x") }
