package entra_test

import (
	"os"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

func TestMain(m *testing.M) {
	entratest.Patient(8)
	os.Exit(m.Run())
}
