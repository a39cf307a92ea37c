package proc

// SurviveClosedPipes does nothing: Windows has no SIGPIPE.
func SurviveClosedPipes() {}
