package failure

import (
	"errors"
	"fmt"
	"testing"
)

type classed Class

func (c classed) Error() string { return string(c) + "!" }
func (c classed) Class() Class  { return Class(c) }

func TestOf(t *testing.T) {
	if c := Of(fmt.Errorf("around: %w", classed(Network))); c != Network {
		t.Errorf("wrapped: %q", c)
	}
	if c := Of(errors.New("x")); c != Other {
		t.Errorf("unknown: %q", c)
	}
}

// Whatever the order in which failures are joined, what has to be mended first is told, and that the answer
// could not be written comes last.
func TestMostTelling(t *testing.T) {
	all := telling()
	for i, better := range all {
		for _, worse := range all[i+1:] {
			for _, joined := range []error{errors.Join(classed(better), classed(worse)), errors.Join(classed(worse), classed(better)),
				errors.Join(errors.Join(classed(worse), classed(Output)), classed(better))} {
				if got := MostTelling(joined, Of); got != classed(better) {
					t.Errorf("of %q: %v", joined, got)
				}
			}
		}
	}
	alone := fmt.Errorf("around: %w", classed(SignIn))
	if got := MostTelling(alone, Of); got != alone {
		t.Errorf("one that is not joined: %v", got)
	}
}
