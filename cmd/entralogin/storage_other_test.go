//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

func kernelHasKeys() bool { return false }

func forgetKey(*testscript.TestScript) {}
