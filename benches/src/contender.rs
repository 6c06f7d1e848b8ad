//! One row of a table: something to be run many times.

use std::hint::black_box;

/// Something that is measured.
pub struct Contender {
    /// What the table calls it.
    pub name: &'static str,
    run: Box<dyn FnMut(u32)>,
    url: Option<Box<dyn FnMut() -> String>>,
}

impl Contender {
    /// Runs `once` as often as asked. Its result is kept from being optimised away,
    /// and dropped, as an application would.
    pub fn new<T>(name: &'static str, mut once: impl FnMut() -> T + 'static) -> Self {
        Self {
            name,
            run: Box::new(move |times| {
                for _ in 0..times {
                    black_box(once());
                }
            }),
            url: None,
        }
    }

    /// One that runs its own loop: an asynchronous one enters its runtime only once.
    pub fn of_loop(name: &'static str, run: impl FnMut(u32) + 'static) -> Self {
        Self {
            name,
            run: Box::new(run),
            url: None,
        }
    }

    /// Says how to get a URL that it makes, which is checked then.
    pub fn makes(mut self, url: impl FnMut() -> String + 'static) -> Self {
        self.url = Some(Box::new(url));
        self
    }

    /// Runs it so many times.
    pub fn run(&mut self, times: u32) {
        (self.run)(times);
    }

    /// A URL that it makes, if it makes URLs.
    pub fn url(&mut self) -> Option<String> {
        self.url.as_mut().map(|url| url())
    }
}
