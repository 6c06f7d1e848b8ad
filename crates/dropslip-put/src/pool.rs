//! Buffers that are used again: memory that the system has to clear anew for each part costs more than reading it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::limits::CHUNK_BYTES;

/// Buffers of one size that nobody uses at the moment.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Box<[u8]>>>);

/// A buffer that goes back to its pool, also when it has become [`Bytes`] and the last of them is dropped.
pub(crate) struct Buffer {
    bytes: Box<[u8]>,
    filled: usize,
    pool: Arc<Pool>,
}

impl Pool {
    pub(crate) fn take(self: &Arc<Self>) -> Buffer {
        let used = self.with(Vec::pop);
        Buffer {
            bytes: used.unwrap_or_else(|| vec![0; CHUNK_BYTES].into_boxed_slice()),
            filled: 0,
            pool: Arc::clone(self),
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Vec<Box<[u8]>>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Buffer {
    /// The room for so many bytes, at most the size of a buffer.
    pub(crate) fn room(&mut self, bytes: usize) -> &mut [u8] {
        self.filled = bytes.min(self.bytes.len());
        &mut self.bytes[..self.filled]
    }

    /// What was read into it.
    pub(crate) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }

    /// The same, when fewer bytes came than there was room for.
    pub(crate) fn cut(&mut self, bytes: usize) {
        self.filled = self.filled.min(bytes);
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.pool.with(|free| free.push(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back() {
        let pool = Arc::new(Pool::default());
        let mut buffer = pool.take();
        buffer.room(5).copy_from_slice(b"hello");
        buffer.cut(4);
        let bytes = buffer.freeze();
        assert_eq!(bytes, "hell");
        let part = bytes.slice(1..3);
        drop(bytes);
        assert_eq!(pool.with(|free| free.len()), 0);
        drop(part);
        assert_eq!(pool.with(|free| free.len()), 1);
        assert_eq!(pool.take().room(usize::MAX).len(), CHUNK_BYTES);
    }
}
