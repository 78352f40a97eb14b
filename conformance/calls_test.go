package conformance

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// fuzzCalls finds out what fuzz tests really call with what the fuzzer gives them: inside the function that is handed to f.Fuzz, or in functions of
// the tests that this one calls. What a fuzz test does while it seeds, calls with a constant, or only names, is not called.
type fuzzCalls struct {
	info    *types.Info
	funcs   map[types.Object]*ast.FuncDecl // of the tests
	values  map[types.Object][]ast.Expr    // what variables hold: functions among them can be called by the variable
	tainted map[types.Object]bool          // what comes from the fuzzer
	seen    map[ast.Node]bool
	found   map[string]bool // "trust.Pin", "credential.Kind.UnmarshalText"
}

// callsOf looks through the files of one package's tests.
func callsOf(info *types.Info, files []*ast.File) map[string]bool {
	c := &fuzzCalls{info, make(map[types.Object]*ast.FuncDecl), make(map[types.Object][]ast.Expr), make(map[types.Object]bool), make(map[ast.Node]bool), make(map[string]bool)}
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				c.funcs[info.Defs[f.Name]] = f
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			c.eachValue(n, func(to types.Object, from ast.Expr) { c.values[to] = append(c.values[to], from) })
			return true
		})
	}
	for _, f := range c.funcs {
		if strings.HasPrefix(f.Name.Name, "Fuzz") && f.Recv == nil {
			c.fuzzTest(f)
		}
	}
	return c.found
}

// fuzzTest goes into what is handed to the method Fuzz of testing.F.
func (c *fuzzCalls) fuzzTest(f *ast.FuncDecl) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		if callee, ok := c.callee(call).(*types.Func); ok && callee.FullName() == "(*testing.F).Fuzz" {
			c.enter(call.Args[0])
		}
		return true
	})
}

// callee is the function, method or variable that is called.
func (c *fuzzCalls) callee(call *ast.CallExpr) types.Object {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return c.info.Uses[fun]
	case *ast.SelectorExpr:
		return c.info.Uses[fun.Sel]
	}
	return nil
}

// enter follows a function that gets its arguments from the fuzzer.
func (c *fuzzCalls) enter(function ast.Expr) {
	switch f := ast.Unparen(function).(type) {
	case *ast.FuncLit:
		c.body(f, f.Type, f.Body)
	case *ast.Ident:
		c.reach(c.info.Uses[f])
	}
}

// called counts what is called, by its name or by a variable that holds it.
func (c *fuzzCalls) called(o types.Object) {
	c.note(o)
	for _, value := range c.values[o] {
		ast.Inspect(value, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok {
				c.note(c.info.Uses[name])
			}
			_, literal := n.(*ast.FuncLit) // reach goes into it
			return !literal
		})
	}
	c.reach(o)
}

// reach follows whatever functions the object is or holds.
func (c *fuzzCalls) reach(o types.Object) {
	if f := c.funcs[o]; f != nil {
		c.body(f, f.Type, f.Body)
	}
	for _, value := range c.values[o] {
		ast.Inspect(value, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncLit); ok {
				c.enter(f)
			}
			return true
		})
	}
}

// body marks the parameters, and then looks at everything until nothing more is marked.
func (c *fuzzCalls) body(f ast.Node, typ *ast.FuncType, block *ast.BlockStmt) {
	if c.seen[f] {
		return
	}
	c.seen[f] = true
	for _, field := range typ.Params.List {
		for _, name := range field.Names {
			if o := c.info.Defs[name]; o != nil && !strings.HasPrefix(o.Type().String(), "*testing.") && !strings.HasPrefix(o.Type().String(), "testing.") {
				c.tainted[o] = true
			}
		}
	}
	for before := -1; before != len(c.tainted); {
		before = len(c.tainted)
		ast.Inspect(block, func(n ast.Node) bool {
			c.eachValue(n, func(to types.Object, from ast.Expr) {
				if c.fromFuzzer(from) {
					c.tainted[to] = true
				}
			})
			return true
		})
	}
	ast.Inspect(block, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			c.call(n)
		case *ast.FuncLit:
			c.enter(n)
		case *ast.Ident:
			if o, ok := c.info.Uses[n].(*types.Var); ok {
				c.reach(o)
			}
		}
		return true
	})
}

// call counts a call that gets something of the fuzzer, as an argument or as what the method belongs to, and functions that are handed on.
func (c *fuzzCalls) call(call *ast.CallExpr) {
	given := false
	if s, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		given = c.fromFuzzer(s.X)
	}
	for _, arg := range call.Args {
		given = given || c.fromFuzzer(arg)
	}
	if o := c.callee(call); given && o != nil {
		c.called(o)
	}
}

// note names a function or method of this module.
func (c *fuzzCalls) note(o types.Object) {
	f, ok := o.(*types.Func)
	if !ok || f.Pkg() == nil {
		return
	}
	folder, ours := strings.CutPrefix(strings.TrimSuffix(f.Pkg().Path(), "_test"), "healthcode.example/")
	if !ours {
		return
	}
	name := f.Name()
	if receiver := f.Signature().Recv(); receiver != nil {
		t := receiver.Type()
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem()
		}
		if named, ok := t.(*types.Named); ok {
			name = named.Obj().Name() + "." + name
		}
	}
	c.found[folder+"."+name] = true
}

// fromFuzzer says whether something of the fuzzer stands in the expression.
func (c *fuzzCalls) fromFuzzer(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident:
			found = found || c.tainted[c.info.Uses[n]]
		}
		return !found
	})
	return found
}

// eachValue calls f with each variable that the node sets and what it is set from.
func (c *fuzzCalls) eachValue(n ast.Node, f func(to types.Object, from ast.Expr)) {
	set := func(to, from ast.Expr) {
		for {
			switch x := to.(type) {
			case *ast.IndexExpr:
				to = x.X
				continue
			case *ast.SelectorExpr:
				to = x.X
				continue
			case *ast.StarExpr:
				to = x.X
				continue
			}
			break
		}
		if name, ok := to.(*ast.Ident); ok && from != nil {
			if o := c.info.ObjectOf(name); o != nil {
				f(o, from)
			}
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if len(n.Rhs) == len(n.Lhs) {
				set(to, n.Rhs[i])
			} else {
				set(to, n.Rhs[0])
			}
		}
	case *ast.ValueSpec:
		for i, to := range n.Names {
			switch {
			case len(n.Values) == len(n.Names):
				set(to, n.Values[i])
			case len(n.Values) > 0:
				set(to, n.Values[0])
			}
		}
	case *ast.RangeStmt:
		if n.Tok == token.DEFINE || n.Tok == token.ASSIGN {
			set(n.Key, n.X)
			set(n.Value, n.X)
		}
	}
}
