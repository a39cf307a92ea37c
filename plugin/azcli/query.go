package azcli

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Query is a JMESPath expression: https://jmespath.org/specification.html
//
// The Azure CLI runs it with jmespath.py 1.0, whose answers are the measure here. Of the two libraries for Go that are
// kept, jmespath/go-jmespath and jmespath-community/go-jmespath, neither gives them: both keep objects in maps, so that
// the columns of {b: x, a: y} and what * and keys() list come in another order, or in a different one each time; both
// make a float64 of 123456789012345678, 1.0 and 1; both refuse `Enabled` without its quotes and compare no strings,
// which az's users do in filters; and sort_by of both sorts the value that was searched, under the rest of the
// expression. So the grammar alone is a library's: that of the community's, which is maintained and gives its tree away.
// The tree is walked here, over values in their order. What its grammar has beyond jmespath.py (arithmetic, let, $)
// is refused.
type Query struct {
	text     string
	tree     parsing.ASTNode
	literals []any
}

// Bounds of a query: a short one can double its answer again and again.
const (
	longest = 16 << 10 // bytes of an expression
	steps   = 1 << 20  // of its evaluation
)

// ParseQuery reads an expression. Errors: *Error.
func ParseQuery(expression string) (*Query, error) {
	wrong := func(why string) (*Query, error) {
		return nil, errorf("the query %q is no JMESPath that the Azure CLI knows: %s", text.Short(expression, 80), text.Short(why, 200))
	}
	if len(expression) > longest {
		return nil, errorf("the query is longer than %d bytes", longest)
	}
	without, literals, err := takeLiterals(expression)
	if err != nil {
		return wrong(err.Error())
	}
	tree, err := parsing.NewParser().Parse(without)
	if err == nil {
		err = checkTree(tree)
	}
	if tree.NodeType == parsing.ASTExpRef {
		err = errNoValue
	}
	if err != nil {
		return wrong(err.Error())
	}
	return &Query{expression, tree, literals}, nil
}

// String is the expression, "" for none.
func (q *Query) String() string {
	if q == nil {
		return ""
	}
	return q.text
}

// takeLiterals puts the number of each literal in its place, in backticks: the parser would lose the order of its names
// and the digits of its numbers.
func takeLiterals(expression string) (string, []any, error) {
	var out strings.Builder
	var literals []any
	for rest := expression; rest != ""; {
		i := strings.IndexAny(rest, "\"'`")
		if i < 0 {
			out.WriteString(rest)
			break
		}
		quote := rest[i]
		out.WriteString(rest[:i])
		inner, after, ok := cutQuoted(rest[i+1:], quote)
		if !ok {
			return "", nil, errors.New("a quote is not closed: " + rest[i:])
		}
		rest = after
		if quote == '"' {
			out.WriteString(`"` + inner + `"`)
			continue
		}
		literal, err := readLiteral(inner, quote)
		if err != nil {
			return "", nil, err
		}
		out.WriteString("`" + strconv.Itoa(len(literals)) + "`")
		literals = append(literals, literal)
	}
	return out.String(), literals, nil
}

// cutQuoted cuts text behind the next quote without a backslash.
func cutQuoted(text string, quote byte) (inner, after string, ok bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case quote:
			return text[:i], text[i+1:], true
		case '\\':
			i++
		}
	}
	return "", "", false
}

// readLiteral reads a string in single quotes, or JSON in backticks, where a string may stand without its quotes.
func readLiteral(inner string, quote byte) (any, error) {
	inner = strings.ReplaceAll(inner, `\`+string(quote), string(quote))
	if quote == '\'' {
		return inner, nil
	}
	for _, try := range []string{inner, `"` + strings.TrimLeft(inner, " \t\r\n") + `"`} {
		if json.Valid([]byte(try)) {
			return decodeJSON([]byte(try))
		}
	}
	return nil, errors.New("no JSON literal: " + inner)
}

var errNoValue = errors.New("& stands before an argument of a function alone")

// checkTree refuses what jmespath.py does not know.
func checkTree(node parsing.ASTNode) error {
	switch node.NodeType {
	case parsing.ASTArithmeticExpression, parsing.ASTArithmeticUnaryExpression:
		return errors.New("there is no arithmetic")
	case parsing.ASTRootNode, parsing.ASTLetExpression, parsing.ASTVariable, parsing.ASTBindings, parsing.ASTBinding, parsing.ASTEmpty:
		return errors.New("there are no variables")
	}
	for _, child := range node.Children {
		if child.NodeType == parsing.ASTExpRef && node.NodeType != parsing.ASTFunctionExpression {
			return errNoValue
		}
		if err := checkTree(child); err != nil {
			return err
		}
	}
	return nil
}

// QueryError is a query that the answer does not fit. Its text is clean.
type QueryError struct{ What string }

func (e *QueryError) Error() string { return "--query: " + e.What }

// Class is other: the command itself was done.
func (e *QueryError) Class() failure.Class { return failure.Other }

// run evaluates the query. Errors: *QueryError.
func (q *Query) run(value any) (any, error) {
	e := evaluation{literals: q.literals, left: steps}
	result, err := e.eval(q.tree, value)
	if err != nil {
		return nil, &QueryError{text.Short(err.Error(), 300)}
	}
	return result, nil
}

// evaluation is one run of a query.
type evaluation struct {
	literals []any
	left     int // steps
}

// expression is what & makes of an expression, for functions.
type expression struct{ node parsing.ASTNode }

func (e *evaluation) spend(steps int) error {
	if e.left -= steps; e.left < 0 {
		return errors.New("the query asks for too much")
	}
	return nil
}

func (e *evaluation) eval(node parsing.ASTNode, value any) (any, error) {
	if err := e.spend(1); err != nil {
		return nil, err
	}
	switch node.NodeType {
	case parsing.ASTIdentity, parsing.ASTCurrentNode:
		return value, nil
	case parsing.ASTField:
		if o, ok := value.(*object); ok {
			return o.values[node.Value.(string)], nil
		}
		return nil, nil
	case parsing.ASTLiteral:
		return e.literals[int(node.Value.(float64))], nil
	case parsing.ASTSubexpression, parsing.ASTIndexExpression, parsing.ASTPipe, parsing.ASTKeyValPair:
		return e.chain(node.Children, value)
	case parsing.ASTIndex:
		list, _ := value.([]any)
		i := node.Value.(int)
		if i < 0 {
			i += len(list)
		}
		if i < 0 || i >= len(list) {
			return nil, nil
		}
		return list[i], nil
	case parsing.ASTSlice:
		return e.slice(node.Value.([]*int), value)
	case parsing.ASTFlatten:
		return e.flatten(node, value)
	case parsing.ASTProjection, parsing.ASTValueProjection, parsing.ASTFilterProjection:
		return e.project(node, value)
	case parsing.ASTMultiSelectList, parsing.ASTMultiSelectHash:
		return e.selectMany(node, value)
	case parsing.ASTOrExpression, parsing.ASTAndExpression:
		left, err := e.eval(node.Children[0], value)
		if err != nil || isFalse(left) == (node.NodeType == parsing.ASTAndExpression) {
			return left, err
		}
		return e.eval(node.Children[1], value)
	case parsing.ASTNotExpression:
		result, err := e.eval(node.Children[0], value)
		return isFalse(result), err
	case parsing.ASTComparator:
		return e.compare(node, value)
	case parsing.ASTExpRef:
		return expression{node.Children[0]}, nil
	case parsing.ASTFunctionExpression:
		return e.function(node, value)
	}
	return nil, errors.New("the query has a part that is not known")
}

// chain gives each expression the result of the one before.
func (e *evaluation) chain(nodes []parsing.ASTNode, value any) (any, error) {
	for _, node := range nodes {
		var err error
		if value, err = e.eval(node, value); err != nil {
			return nil, err
		}
	}
	return value, nil
}

// slice is Python's: https://docs.python.org/3/reference/expressions.html#slicings
func (e *evaluation) slice(parts []*int, value any) (any, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, nil
	}
	step := 1
	if parts[2] != nil {
		step = *parts[2]
	}
	if step == 0 {
		return nil, errors.New("the step of a slice is 0")
	}
	first, last := 0, len(list) // where a part that is missing leads
	lowest, highest := 0, len(list)
	if step < 0 {
		first, last = len(list)-1, -1
		lowest, highest = -1, len(list)-1
	}
	bound := func(part *int, missing int) int {
		if part == nil {
			return missing
		}
		i := *part
		if i < 0 {
			i += len(list)
		}
		return min(max(i, lowest), highest)
	}
	picked := []any{}
	end := bound(parts[1], last)
	for i := bound(parts[0], first); step > 0 && i < end || step < 0 && i > end; i += step {
		picked = append(picked, list[i])
		if step > len(list) || step < -len(list) { // the next might overflow
			break
		}
	}
	return picked, e.spend(len(picked))
}

func (e *evaluation) flatten(node parsing.ASTNode, value any) (any, error) {
	base, err := e.eval(node.Children[0], value)
	list, ok := base.([]any)
	if err != nil || !ok {
		return nil, err
	}
	flat := []any{}
	for _, element := range list {
		inner, ok := element.([]any)
		if !ok {
			inner = []any{element}
		}
		if err := e.spend(len(inner)); err != nil {
			return nil, err
		}
		flat = append(flat, inner...)
	}
	return flat, nil
}

// project evaluates an expression on each element, and leaves out what is null.
func (e *evaluation) project(node parsing.ASTNode, value any) (any, error) {
	if isSecondIndex(node) {
		return e.chain(node.Children, value)
	}
	base, err := e.eval(node.Children[0], value)
	if err != nil {
		return nil, err
	}
	list, ok := base.([]any)
	if node.NodeType == parsing.ASTValueProjection {
		var o *object
		if o, ok = base.(*object); ok {
			list = o.list()
		}
	}
	if !ok {
		return nil, nil
	}
	collected := []any{}
	for _, element := range list {
		if node.NodeType == parsing.ASTFilterProjection {
			is, err := e.eval(node.Children[2], element)
			if err != nil {
				return nil, err
			}
			if isFalse(is) {
				continue
			}
		}
		current, err := e.eval(node.Children[1], element)
		if err != nil {
			return nil, err
		}
		if current != nil {
			collected = append(collected, current)
		}
	}
	return collected, nil
}

// isSecondIndex says whether a projection is of a slice right behind another index, as in a[0][1:]. To jmespath.py that is no
// projection: what follows is asked of the whole slice.
func isSecondIndex(node parsing.ASTNode) bool {
	base := node.Children[0]
	return node.NodeType == parsing.ASTProjection && base.NodeType == parsing.ASTIndexExpression &&
		base.Children[1].NodeType == parsing.ASTSlice && base.Children[0].NodeType == parsing.ASTIndexExpression
}

func (e *evaluation) selectMany(node parsing.ASTNode, value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	list, o := []any{}, newObject()
	o.made = true
	for _, child := range node.Children {
		current, err := e.eval(child, value)
		if err != nil {
			return nil, err
		}
		if node.NodeType == parsing.ASTMultiSelectHash {
			o.set(child.Value.(string), current)
		}
		list = append(list, current)
	}
	if node.NodeType == parsing.ASTMultiSelectHash {
		return o, nil
	}
	return list, nil
}

func isFalse(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case *object:
		return len(v.names) == 0
	}
	return false
}

// compare compares. Numbers and strings have an order; anything else has none, and the answer is null.
func (e *evaluation) compare(node parsing.ASTNode, value any) (any, error) {
	left, err := e.eval(node.Children[0], value)
	if err != nil {
		return nil, err
	}
	right, err := e.eval(node.Children[1], value)
	if err != nil {
		return nil, err
	}
	if operator := node.Value; operator == parsing.TOKEQ || operator == parsing.TOKNE {
		same, err := e.equal(left, right)
		return same == (operator == parsing.TOKEQ), err
	}
	if !isOrdered(left) || !isOrdered(right) {
		return nil, nil
	}
	order, err := e.order(left, right)
	switch node.Value {
	case parsing.TOKLT:
		return order < 0, err
	case parsing.TOKLTE:
		return order <= 0, err
	case parsing.TOKGT:
		return order > 0, err
	}
	return order >= 0, err
}

func isOrdered(value any) bool { k := kind(value); return k == "number" || k == "string" }

// order says whether left comes before right: below 0, or behind it: above.
func (e *evaluation) order(left, right any) (int, error) {
	if kind(left) != kind(right) {
		return 0, errors.New("a " + kind(left) + " and a " + kind(right) + " have no order")
	}
	if s, ok := left.(string); ok {
		return strings.Compare(s, right.(string)), e.spend(len(s) / 64)
	}
	return orderNumbers(left.(json.Number), right.(json.Number)), nil
}

func orderNumbers(left, right json.Number) int {
	if isWhole(left) && isWhole(right) {
		return whole(left).Cmp(whole(right))
	}
	l, _ := left.Float64()
	r, _ := right.Float64()
	switch {
	case l < r:
		return -1
	case l > r:
		return 1
	}
	return 0
}

// equal says whether two values are the same, whatever the order of names is.
func (e *evaluation) equal(left, right any) (bool, error) {
	if err := e.spend(1); err != nil || kind(left) != kind(right) {
		return false, err
	}
	switch l := left.(type) {
	case json.Number:
		return orderNumbers(l, right.(json.Number)) == 0, nil
	case []any:
		r := right.([]any)
		if len(l) != len(r) {
			return false, nil
		}
		for i := range l {
			if same, err := e.equal(l[i], r[i]); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	case *object:
		r := right.(*object)
		if len(l.names) != len(r.names) {
			return false, nil
		}
		for _, name := range l.names {
			value, ok := r.values[name]
			if !ok {
				return false, nil
			}
			if same, err := e.equal(l.values[name], value); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	}
	return left == right, nil
}

// Names are those that the query chooses of an object, nil for all of them. ok is false where it does more than that.
func (q *Query) Names() (names map[string]bool, ok bool) {
	if q == nil {
		return nil, true
	}
	nodes := []parsing.ASTNode{q.tree}
	if t := q.tree.NodeType; t == parsing.ASTMultiSelectList || t == parsing.ASTMultiSelectHash {
		nodes = q.tree.Children
	}
	names = map[string]bool{}
	for _, node := range nodes {
		if node.NodeType == parsing.ASTKeyValPair {
			node = node.Children[0]
		}
		if node.NodeType != parsing.ASTField {
			return nil, false
		}
		names[node.Value.(string)] = true
	}
	return names, true
}
