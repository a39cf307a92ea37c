package main

// surviveClosedPipes does nothing: Windows has no SIGPIPE.
func surviveClosedPipes() {}
