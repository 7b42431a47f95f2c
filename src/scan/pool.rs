//! Tools of workers, kept from one window to the next: making them costs more than a small window.

use std::sync::Mutex;

/// Tools that nobody uses at the moment.
#[derive(Default)]
pub struct Pool<T>(Mutex<Vec<T>>);

/// A tool that goes back when it is dropped.
pub struct Lent<'p, T: Default> {
    pool: &'p Pool<T>,
    tool: Option<T>,
}

impl<T: Default> Pool<T> {
    /// Lends a tool; it is made when none is left and it is used.
    pub fn lend(&self) -> Lent<'_, T> {
        let tool = self.0.lock().ok().and_then(|mut tools| tools.pop());
        Lent { pool: self, tool }
    }
}

impl<T: Default> Lent<'_, T> {
    /// The tool.
    pub fn tool(&mut self) -> &mut T {
        self.tool.get_or_insert_default()
    }
}

impl<T: Default> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        if let (Some(tool), Ok(mut tools)) = (self.tool.take(), self.pool.0.lock()) {
            tools.push(tool);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_came_back_is_lent_again() {
        let pool = Pool::<Vec<u8>>::default();
        pool.lend().tool().push(1);
        let (mut one, mut other) = (pool.lend(), pool.lend());
        assert_eq!((one.tool().as_slice(), other.tool().as_slice()), (&[1][..], &[][..]));
    }
}
