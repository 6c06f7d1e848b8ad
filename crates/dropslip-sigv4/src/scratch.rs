//! Short lists and texts that live on the stack.
//!
//! Signing and verifying put some hundred bytes together, hash them and forget them.
//! A heap allocation for each would cost more than some of the hashing, so they are
//! built in an array here, and move to the heap only when a request is larger than
//! the array. Nothing but the place depends on it.

/// What text can be appended to.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);

    fn put_byte(&mut self, byte: u8) {
        self.put(&[byte]);
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn put_byte(&mut self, byte: u8) {
        self.push(byte);
    }
}

/// A list that is on the stack up to `N` entries, and on the heap beyond.
pub(crate) struct Scratch<T, const N: usize> {
    stack: [T; N],
    /// How much of `stack` is in use; what comes after the move is on the heap alone.
    len: usize,
    /// Everything, once there is more than fits on the stack.
    heap: Vec<T>,
}

/// A text: enough for the canonical request of most presigned URLs.
pub(crate) type Text = Scratch<u8, 1024>;

impl<T: Copy + Default, const N: usize> Scratch<T, N> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            stack: [T::default(); N],
            len: 0,
            heap: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, entry: T) {
        match self.stack.get_mut(self.len) {
            Some(free) if self.heap.is_empty() => {
                *free = entry;
                self.len += 1;
            }
            _ => self.extend_heap(&[entry]),
        }
    }

    #[inline]
    pub(crate) fn extend(&mut self, entries: &[T]) {
        let end = self.len + entries.len();
        match self.stack.get_mut(self.len..end) {
            Some(free) if self.heap.is_empty() => {
                free.copy_from_slice(entries);
                self.len = end;
            }
            _ => self.extend_heap(entries),
        }
    }

    #[cold]
    #[inline(never)]
    fn extend_heap(&mut self, entries: &[T]) {
        if self.heap.is_empty() {
            self.heap.reserve(2 * N + entries.len());
            self.heap.extend_from_slice(&self.stack[..self.len]);
        }
        self.heap.extend_from_slice(entries);
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        if self.heap.is_empty() {
            &self.stack[..self.len]
        } else {
            &self.heap
        }
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        if self.heap.is_empty() {
            &mut self.stack[..self.len]
        } else {
            &mut self.heap
        }
    }

    /// The first `len` entries and free places of the stack, if everything is there. What
    /// is written behind the entries is no part of them.
    #[inline]
    pub(crate) fn room(&mut self, len: usize) -> Option<&mut [T]> {
        if self.heap.is_empty() {
            self.stack.get_mut(..len)
        } else {
            None
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }
}

impl<const N: usize> Sink for Scratch<u8, N> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[&str]) {
        let mut scratch = Scratch::<u8, 8>::new();
        for piece in pieces {
            scratch.put(piece.as_bytes());
        }
        assert_eq!(scratch.as_slice(), pieces.concat().as_bytes(), "{pieces:?}");
        assert_eq!(scratch.as_mut_slice(), pieces.concat().as_bytes());
        assert_eq!(scratch.len(), pieces.concat().len());
    }

    #[test]
    fn holds_what_is_put_on_either_side_of_its_size() {
        check(&[]);
        check(&["", ""]);
        check(&["1234567"]);
        check(&["1234567", "8"]);
        check(&["12345678", "", "9"]);
        check(&["1234567", "89"]);
        check(&["123456789"]);
        check(&["1234567", "89", "a", "", "bcdefghijklmnop"]);
    }

    #[test]
    fn one_past_the_stack_is_on_the_heap_and_no_earlier() {
        let mut scratch = Scratch::<u16, 3>::new();
        for entry in 0..3 {
            scratch.push(entry);
        }
        assert_eq!(scratch.heap.capacity(), 0);
        scratch.push(3);
        assert_eq!(scratch.heap, [0, 1, 2, 3]);
    }
}
