import ast

_tree = ast.Expression(ast.BinOp(ast.Constant(1), ast.Add(), ast.Constant(2)))
THREE = eval(compile(ast.fix_missing_locations(_tree), "", "eval"))
