//! Truth, order and membership, where they can be decided.

use ruff_python_ast::{self as ast, BoolOp, CmpOp};

use crate::interpreter::Interpreter;
use crate::scope::join;
use crate::value::{Data, Value, passing, same, union};

impl<'a> Interpreter<'a, '_> {
    pub(crate) fn either(&mut self, node: &'a ast::ExprBoolOp) -> Value<'a> {
        let mut result: Option<Value<'a>> = None;
        let mut decided = false;
        for operand in &node.values {
            if decided && self.concrete > 0 {
                break;
            }
            let value = self.expression(operand);
            if decided {
                continue;
            }
            let truth = self.truth(&value);
            let stops = match node.op {
                BoolOp::And => truth == Some(false),
                BoolOp::Or => truth == Some(true),
            };
            result = match (result.take(), node.op) {
                (None, _) => Some(value),
                // `a and b` is `b` unless a is false; `a or b` is either.
                (Some(_), BoolOp::And) => Some(value),
                (Some(earlier), BoolOp::Or) if self.truth(&earlier) == Some(false) => Some(value),
                (Some(earlier), BoolOp::Or) => Some(join(&earlier, &value)),
            };
            decided = stops && !node.values.is_empty();
        }
        result.unwrap_or(Value::UNKNOWN)
    }

    pub(crate) fn compare(&mut self, node: &'a ast::ExprCompare) -> Value<'a> {
        let left = self.expression(&node.left);
        let mut left = self.now(left);
        let mut answer = Some(true);
        let mut origin = passing(&left.origin);
        for (op, right) in node.ops.iter().zip(node.comparators.iter()) {
            let right = self.expression(right);
            let right = self.now(right);
            origin = union(&origin, &passing(&right.origin));
            let truth = self.relation(*op, &left, &right);
            answer = match (answer, truth) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            left = right;
        }
        // A comparison tells little of what was compared: nothing flows on, but for chains of a decoder.
        let steps = origin.filter(|marks| marks.taints.is_empty());
        Value::from(answer.map_or(Data::Unknown, Data::Bool), steps)
    }

    pub(crate) fn relation(&self, op: CmpOp, left: &Value<'a>, right: &Value<'a>) -> Option<bool> {
        let order = || -> Option<std::cmp::Ordering> {
            if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
                return Some(a.cmp(&b));
            }
            if let (Some(a), Some(b)) = (left.as_str(), right.as_str()) {
                return Some(a.cmp(b));
            }
            if let (Some(a), Some(b)) = (left.as_bytes(), right.as_bytes()) {
                return Some(a.cmp(b));
            }
            None
        };
        match op {
            CmpOp::Eq | CmpOp::Is => same(left, right),
            CmpOp::NotEq | CmpOp::IsNot => same(left, right).map(|same| !same),
            CmpOp::Lt => order().map(std::cmp::Ordering::is_lt),
            CmpOp::LtE => order().map(std::cmp::Ordering::is_le),
            CmpOp::Gt => order().map(std::cmp::Ordering::is_gt),
            CmpOp::GtE => order().map(std::cmp::Ordering::is_ge),
            CmpOp::In => self.contains(right, left),
            CmpOp::NotIn => self.contains(right, left).map(|inside| !inside),
        }
    }

    pub(crate) fn contains(&self, container: &Value<'a>, item: &Value<'a>) -> Option<bool> {
        if let (Some(text), Some(part)) = (container.as_str(), item.as_str()) {
            return Some(text.contains(part));
        }
        if let (Some(bytes), Some(byte)) = (container.as_bytes(), item.as_int()) {
            return Some(u8::try_from(byte).is_ok_and(|byte| bytes.contains(&byte)));
        }
        let items = match &container.data {
            Data::Tuple(items) => items.as_slice(),
            Data::List(id) => self.items(*id),
            Data::Dict(id) => {
                let dict = self.dict_of(*id)?;
                if dict.get(item).is_some() {
                    return Some(true);
                }
                let known = item.as_str().is_some() || item.as_int().is_some();
                return (known && !dict.open).then_some(false);
            }
            _ => return None,
        };
        let mut sure = items.len() <= 4096;
        for known in items.iter().take(4096) {
            match same(known, item) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => sure = false,
            }
        }
        sure.then_some(false)
    }

    pub(crate) fn truth(&self, value: &Value<'a>) -> Option<bool> {
        match &value.data {
            Data::None => Some(false),
            Data::Bool(flag) => Some(*flag),
            Data::Int(number) => Some(*number != 0),
            Data::Float(number) => Some(*number != 0.0),
            Data::Big(_) => Some(true),
            Data::Tuple(items) => Some(!items.is_empty()),
            Data::Range(range) => Some(range[2] > 0),
            Data::List(id) => Some(!self.items(*id).is_empty()),
            Data::Dict(id) => self.dict_of(*id).map(|dict| !dict.items.is_empty()),
            Data::Buffer(_) => self.frozen(value).as_raw().map(|raw| !raw.is_empty()),
            Data::Function(_) | Data::Class(_) => Some(true),
            _ => value.as_raw().map(|raw| !raw.is_empty()),
        }
    }
}
