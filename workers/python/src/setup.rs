//! `setup()`: which commands it overrides, and what they run.

use std::rc::Rc;

use ruff_text_size::TextRange;

use crate::Placed;
use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Value};

impl<'a> Interpreter<'a, '_> {
    /// A call of `setup()`: overridden commands are a fact, and their methods run in this phase.
    pub(crate) fn setup(&mut self, arguments: &Arguments<'a>, range: TextRange) {
        for (keyword, place) in [
            ("package_dir", Placed::Package as fn(String) -> Placed),
            ("scripts", Placed::Command),
            ("data_files", Placed::Data),
        ] {
            if let Some(value) = arguments.keyword(keyword).cloned() {
                self.places(&value, place, 0);
            }
        }
        // The class of the distribution itself reads the command line and starts the commands.
        if let Some(Value { data: Data::Class(distribution), .. }) = arguments.keyword("distclass") {
            self.run_command(*distribution);
        }
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

    /// The paths in a value of `setup()`, however deep they lie in it.
    fn places(&mut self, value: &Value<'a>, place: fn(String) -> Placed, depth: u32) {
        const MOST: usize = 500;
        if self.placed.len() >= MOST || depth > 3 {
            return;
        }
        if let Some(text) = value.as_template() {
            // What stands before an unknown part is the folder of the project.
            let text = text.rsplit("{}").next().unwrap_or(text).trim_start_matches('/');
            if !text.is_empty() {
                self.placed.push(place(text.to_owned()));
            }
            return;
        }
        let inner = match value.data {
            Data::Dict(id) => self.dict_of(id).map(|dict| dict.items.iter().map(|(_, value)| value.clone()).collect()),
            Data::List(_) | Data::Tuple(_) => self.iterate(value),
            _ => None,
        };
        let inner: Vec<Value<'a>> = inner.unwrap_or_default();
        for value in inner.iter().take(MOST) {
            self.places(value, place, depth + 1);
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
