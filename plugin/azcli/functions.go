package azcli

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jmespath-community/go-jmespath/pkg/parsing"
)

// signature says what a function takes, a word for each argument: types with a bar between, "numbers" and "strings" for
// arrays of these, "any". The last argument of one that ends in "..." may come several times. "" is no function.
//
// https://jmespath.org/specification.html#built-in-functions
func signature(function string) string {
	switch function {
	case "abs", "ceil", "floor":
		return "number"
	case "avg", "sum":
		return "numbers"
	case "contains":
		return "array|string any"
	case "ends_with", "starts_with":
		return "string string"
	case "join":
		return "string strings"
	case "keys", "values":
		return "object"
	case "length":
		return "string|array|object"
	case "map":
		return "expression array"
	case "max", "min", "sort":
		return "numbers|strings"
	case "max_by", "min_by", "sort_by":
		return "array expression"
	case "merge":
		return "object ..."
	case "not_null":
		return "any ..."
	case "reverse":
		return "array|string"
	case "to_array", "to_number", "to_string", "type":
		return "any"
	}
	return ""
}

// function evaluates the arguments of a function, and the function.
func (e *evaluation) function(node parsing.ASTNode, value any) (any, error) {
	name := node.Value.(string)
	var args []any
	for _, child := range node.Children {
		arg, err := e.eval(child, value)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	if err := e.checkArguments(name, args); err != nil {
		return nil, err
	}
	switch name {
	case "contains", "ends_with", "starts_with":
		return e.within(name, args[0], args[1])
	case "join", "to_string", "reverse", "length":
		return e.ofText(name, args)
	case "max", "min", "sort":
		return e.pick(name, args[0].([]any), nil)
	case "max_by", "min_by", "sort_by":
		by := args[1].(expression)
		return e.pick(strings.TrimSuffix(name, "_by"), args[0].([]any), &by)
	case "map":
		return e.mapped(args[0].(expression), args[1].([]any))
	case "keys", "values", "merge":
		return e.ofObjects(name, args)
	case "abs", "ceil", "floor", "avg", "sum", "to_number":
		return ofNumbers(name, args[0])
	case "type":
		return kind(args[0]), nil
	case "to_array":
		if list, ok := args[0].([]any); ok {
			return list, nil
		}
		return []any{args[0]}, nil
	}
	for _, arg := range args { // not_null
		if arg != nil {
			return arg, nil
		}
	}
	return nil, nil
}

func (e *evaluation) checkArguments(name string, args []any) error {
	is := signature(name)
	types := strings.Fields(is)
	types, variadic := slices.DeleteFunc(types, func(t string) bool { return t == "..." }), strings.HasSuffix(is, "...")
	switch {
	case is == "":
		return errors.New("there is no function " + name + "()")
	case len(args) < len(types) || len(args) > len(types) && !variadic:
		return fmt.Errorf("%s() takes %d arguments, not %d", name, len(types), len(args))
	}
	for i, arg := range args {
		if err := e.spend(1); err != nil {
			return err
		}
		if i >= len(types) {
			break // jmespath.py does not look at what comes several times
		}
		wanted := types[i]
		if !slices.ContainsFunc(strings.Split(wanted, "|"), func(t string) bool { return fits(arg, t) }) {
			return fmt.Errorf("%s() takes %s, not %s", name, strings.ReplaceAll(wanted, "|", " or "), kind(arg))
		}
		if list, ok := arg.([]any); ok { // which fits looked through
			if err := e.spend(len(list)); err != nil {
				return err
			}
		}
	}
	return nil
}

func fits(value any, wanted string) bool {
	is := kind(value)
	element, many := strings.CutSuffix(wanted, "s")
	switch {
	case wanted == "any":
		return is != "expression"
	case many:
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(v any) bool { return kind(v) != element })
	}
	return is == wanted
}

// within are the functions that look for something.
func (e *evaluation) within(name string, subject, search any) (any, error) {
	if list, ok := subject.([]any); ok {
		for _, element := range list {
			if same, err := e.equal(element, search); err != nil || same {
				return same, err
			}
		}
		return false, nil
	}
	text, ok := search.(string)
	if !ok {
		return nil, errors.New("contains() of a string takes a string, not " + kind(search))
	}
	if err := e.spend(len(subject.(string)) / 64); err != nil {
		return nil, err
	}
	switch name {
	case "ends_with":
		return strings.HasSuffix(subject.(string), text), nil
	case "starts_with":
		return strings.HasPrefix(subject.(string), text), nil
	}
	return strings.Contains(subject.(string), text), nil
}

// ofText are the functions that make a text, or count.
func (e *evaluation) ofText(name string, args []any) (any, error) {
	if name == "join" {
		list := args[1].([]any)
		texts := make([]string, len(list))
		size := len(args[0].(string)) * len(list)
		for i, element := range list {
			texts[i] = element.(string)
			size += len(texts[i])
		}
		if err := e.spend(size); err != nil {
			return nil, err
		}
		return strings.Join(texts, args[0].(string)), nil
	}
	switch v := args[0].(type) {
	case string:
		if err := e.spend(len(v)); err != nil {
			return nil, err
		}
		switch name {
		case "length":
			return count(utf8.RuneCountInString(v)), nil
		case "reverse":
			runes := []rune(v)
			slices.Reverse(runes)
			return string(runes), nil
		}
		return v, nil
	case []any:
		switch name {
		case "length":
			return count(len(v)), nil
		case "reverse":
			v = slices.Clone(v)
			slices.Reverse(v)
			return v, e.spend(len(v))
		}
	case *object:
		if name == "length" {
			return count(len(v.names)), nil
		}
	}
	w := jsonWriter{ascii: true, limit: e.left}
	if err := w.write(args[0], 0); err != nil {
		return nil, err
	}
	return w.out.String(), e.spend(w.out.Len())
}

func count(n int) json.Number { return json.Number(fmt.Sprint(n)) }

// pick sorts a list, or picks the first or the last of it, by what an expression makes of its elements. The list stays
// as it is.
func (e *evaluation) pick(name string, list []any, by *expression) (any, error) {
	type keyed struct{ key, value any }
	all := make([]keyed, len(list))
	for i, element := range list {
		all[i] = keyed{element, element}
		if by != nil {
			key, err := e.eval(by.node, element)
			if err != nil {
				return nil, err
			}
			if !isOrdered(key) {
				return nil, fmt.Errorf("%s_by() goes by numbers or strings, not %s", name, kind(key))
			}
			all[i].key = key
		}
	}
	var failed error
	order := func(a, b keyed) int {
		o, err := e.order(a.key, b.key)
		failed = errors.Join(failed, err)
		return o
	}
	if len(all) == 0 {
		if name == "sort" {
			return list, nil
		}
		return nil, nil
	}
	for _, other := range all[1:] { // before the sort, which would find the same fault many times
		if order(all[0], other); failed != nil {
			return nil, failed
		}
	}
	switch name {
	case "max":
		return slices.MaxFunc(all, order).value, failed
	case "min":
		return slices.MinFunc(all, order).value, failed
	}
	slices.SortStableFunc(all, order)
	sorted := make([]any, len(all))
	for i, one := range all {
		sorted[i] = one.value
	}
	return sorted, errors.Join(failed, e.spend(len(all)))
}

func (e *evaluation) mapped(by expression, list []any) (any, error) {
	result := make([]any, len(list))
	for i, element := range list {
		var err error
		if result[i], err = e.eval(by.node, element); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// ofObjects are the functions that take objects.
func (e *evaluation) ofObjects(name string, args []any) (any, error) {
	merged := newObject()
	for _, arg := range args {
		o, ok := arg.(*object)
		if !ok && (arg == nil || !isFalse(arg) || arg == false) {
			return nil, errors.New("merge() takes objects, not " + kind(arg))
		}
		if !ok { // empty
			continue
		}
		if err := e.spend(len(o.names)); err != nil {
			return nil, err
		}
		for _, name := range o.names {
			merged.set(name, o.values[name])
		}
	}
	switch name {
	case "keys":
		names := make([]any, len(merged.names))
		for i, name := range merged.names {
			names[i] = name
		}
		return names, nil
	case "values":
		return merged.list(), nil
	}
	return merged, nil
}

// ofNumbers are the functions that calculate.
func ofNumbers(name string, arg any) (any, error) {
	switch v := arg.(type) {
	case []any:
		if name == "to_number" {
			return nil, nil
		}
		sum := total(v)
		if name == "sum" {
			return sum, nil
		}
		if len(v) == 0 {
			return nil, nil
		}
		f, _ := sum.Float64()
		return float(f / float64(len(v))), nil
	case string:
		return toNumber(v), nil
	case json.Number:
		if name == "abs" {
			return json.Number(strings.TrimPrefix(string(v), "-")), nil
		}
		if name == "to_number" || isWhole(v) {
			return v, nil
		}
		f, _ := v.Float64()
		if f = math.Floor(f); name == "ceil" {
			f, _ = v.Float64()
			f = math.Ceil(f)
		}
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, errors.New(name + "() of what is no finite number")
		}
		i, _ := big.NewFloat(f).Int(nil)
		return json.Number(i.String()), nil
	}
	return nil, nil
}

// total adds numbers up: whole ones exactly.
func total(list []any) json.Number {
	exact, f, isFloat := new(big.Int), 0.0, false
	for _, element := range list {
		n := element.(json.Number)
		switch {
		case isWhole(n) && !isFloat:
			exact.Add(exact, whole(n))
			continue
		case !isFloat:
			f, _ = new(big.Float).SetInt(exact).Float64()
			isFloat = true
		}
		add, _ := n.Float64()
		f += add
	}
	if isFloat {
		return float(f)
	}
	return json.Number(exact.String())
}

// toNumber reads a number as Python does, nil where it is none.
func toNumber(text string) any {
	text = strings.TrimSpace(text)
	if i, ok := new(big.Int).SetString(text, 10); ok {
		return json.Number(i.String())
	}
	f, err := json.Number(text).Float64()
	if err != nil && !math.IsInf(f, 0) || strings.ContainsAny(text, "xXpP") {
		return nil
	}
	return float(f)
}
