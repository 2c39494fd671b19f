import ast

_tree = ast.Module(
    [ast.Expr(ast.Call(ast.Attribute(ast.Name("os", ast.Load()), "system", ast.Load()), [ast.Constant("id")], []))], []
)
exec(compile(ast.fix_missing_locations(_tree), "", "exec"))
