//! `setup()`: which commands it overrides, and what they run.

use std::rc::Rc;

use ruff_text_size::TextRange;

use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Value};

impl<'a> Interpreter<'a, '_> {
    /// A call of `setup()`: overridden commands are a fact, and their methods run in this phase.
    pub(crate) fn setup(&mut self, arguments: &Arguments<'a>, range: TextRange) {
        let Some(commands) = arguments.keyword("cmdclass").cloned() else { return };
        let mut words = Vec::new();
        let mut texts = Vec::new();
        let mut classes = Vec::new();
        match &commands.data {
            Data::Dict(id) => {
                let items = self.dict_of(*id).map(|dict| dict.items.clone()).unwrap_or_default();
                for (command, class) in items.into_iter().take(32) {
                    let command = command.as_template().unwrap_or("{}").to_owned();
                    if let Some(name) = self.class_named(&class) {
                        texts.push(name.to_string());
                    }
                    words.push(format!("cmdclass={command}"));
                    if let Data::Class(id) = class.data {
                        classes.push(id);
                    }
                }
            }
            // `cmdclass=versioneer.get_cmdclass()`: there is one, made elsewhere.
            Data::Name(id, _) => {
                texts.push(self.names.text(*id).to_owned());
                words.push("cmdclass={}".to_owned());
            }
            _ => words.push("cmdclass={}".to_owned()),
        }
        if words.is_empty() {
            return;
        }
        if let Some(id) = self.names.name("setuptools.setup cmdclass") {
            let callee: Rc<str> = Rc::from("setuptools.setup");
            let behaviours = vec!["install.hook".to_owned()];
            self.record(id, callee, behaviours, &texts, words, Vec::new(), range, 0);
        }
        for class in classes {
            self.run_command(class);
        }
    }

    /// The value of a method that stands for a getter, or nothing.
    pub(crate) fn getter_method(&mut self, method: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        if let Some(method) = method.strip_prefix("methodcaller ") {
            // The object comes behind what was filled in before.
            let mut given = arguments.clone();
            let object = given.positional.pop()?;
            let callee = self.attribute(&object, method);
            return Some(self.invoke(&callee, given, self.statement, None));
        }
        let path = method.strip_prefix("attrgetter ")?.to_owned();
        let object = arguments.positional.first()?.clone();
        Some(self.getter(&path, &object))
    }
}
