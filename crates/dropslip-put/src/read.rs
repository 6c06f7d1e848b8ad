//! Reads files into memory with their checksum, in one pass. All of it blocks.
//!
//! A small file and a part are read before they are sent: the checksum then stands in a header, a second
//! attempt needs no second read, and a file that changes while it is read is noticed before a byte has left.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use dropslip_s3::checksum::{Algorithm, Checksum, Hasher};
use dropslip_s3::client::StreamBody;
use futures_util::StreamExt as _;

use crate::error::PutError;
use crate::ledger::Attempt;
use crate::parts::Part;
use crate::pool::Pool;
use crate::source::Source;

/// Bytes that are ready to be sent, as often as need be.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) chunks: Vec<Bytes>,
    pub(crate) size_bytes: u64,
    pub(crate) checksum: Option<Checksum>,
}

impl Piece {
    /// The body of one attempt.
    pub(crate) fn body(&self) -> StreamBody {
        match &self.chunks[..] {
            [one] => StreamBody::from(one.clone()),
            chunks => StreamBody::new(self.size_bytes, self.stream(chunks, None)),
        }
    }

    /// The same, with an account of what leaves.
    pub(crate) fn counted(&self, attempt: &Arc<Attempt>) -> StreamBody {
        StreamBody::new(
            self.size_bytes,
            self.stream(&self.chunks, Some(Arc::clone(attempt))),
        )
    }

    /// The chunks as a stream, with an account.
    pub(crate) fn stream(
        &self,
        chunks: &[Bytes],
        attempt: Option<Arc<Attempt>>,
    ) -> impl futures_util::Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
        futures_util::stream::iter(chunks.to_vec()).map(move |chunk| {
            if let Some(attempt) = &attempt {
                attempt.sent(chunk.len());
            }
            Ok(chunk)
        })
    }
}

/// Reads a whole small file.
pub(crate) fn whole(source: &Source, algorithm: Option<Algorithm>) -> Result<Piece, PutError> {
    let mut file = source.open()?;
    let size_bytes = source.stamp.size_bytes;
    // One byte more, so that the end is seen.
    let mut bytes = Vec::with_capacity(usize::try_from(size_bytes).unwrap_or(0) + 1);
    let read = (&mut file).take(size_bytes + 1).read_to_end(&mut bytes);
    read.map_err(|e| PutError::unreadable(&e))?;
    source.check(&file)?;
    if bytes.len() as u64 != size_bytes {
        return Err(PutError::changed());
    }
    let checksum = algorithm.map(|algorithm| {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(&bytes);
        hasher.finish()
    });
    Ok(Piece {
        chunks: vec![bytes.into()],
        size_bytes,
        checksum,
    })
}

/// Reads a part of a file.
pub(crate) fn part(
    source: &Source,
    part: Part,
    algorithm: Option<Algorithm>,
    pool: &Arc<Pool>,
) -> Result<Piece, PutError> {
    let unreadable = |e: &io::Error| PutError::unreadable(e);
    let mut file = source.open()?;
    file.seek(SeekFrom::Start(part.start))
        .map_err(|e| unreadable(&e))?;
    let piece = up_to(&mut file, part.size_bytes, algorithm, pool).map_err(|e| unreadable(&e))?;
    source.check(&file)?;
    if piece.size_bytes == part.size_bytes {
        Ok(piece)
    } else {
        Err(PutError::changed())
    }
}

/// Reads so many bytes, or as many as there are.
pub(crate) fn up_to(
    from: &mut impl Read,
    bytes_max: u64,
    algorithm: Option<Algorithm>,
    pool: &Arc<Pool>,
) -> io::Result<Piece> {
    let mut hasher = algorithm.map(Hasher::new);
    let mut chunks = Vec::new();
    let mut left = bytes_max;
    while left > 0 {
        let mut buffer = pool.take();
        let room = buffer.room(usize::try_from(left).unwrap_or(usize::MAX));
        let (wanted, read) = (room.len(), fill(from, room)?);
        buffer.cut(read);
        if let Some(hasher) = &mut hasher {
            hasher.update(buffer.as_ref());
        }
        left -= read as u64;
        if read > 0 {
            chunks.push(buffer.freeze());
        }
        if read < wanted {
            break;
        }
    }
    Ok(Piece {
        chunks,
        size_bytes: bytes_max - left,
        checksum: hasher.map(Hasher::finish),
    })
}

/// Reads until the room is full or nothing is left.
fn fill(from: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match from.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The checksum of a whole file.
pub(crate) fn checksum(source: &Source, algorithm: Algorithm) -> Result<Checksum, PutError> {
    let mut file = source.open()?;
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; crate::limits::CHUNK_BYTES];
    loop {
        let read = fill(&mut file, &mut buffer);
        let read = read.map_err(|e| PutError::unreadable(&e))?;
        hasher.update(&buffer[..read]);
        if read < buffer.len() {
            break;
        }
    }
    source.check(&file)?;
    Ok(hasher.finish())
}

/// Reads a file from its beginning as it is sent, for one that must go in one piece however large it is.
/// The last bytes are given out only when it has not changed until then, so nobody can take it for whole.
pub(crate) fn streamed(
    source: &Source,
    pool: &Arc<Pool>,
    attempt: Arc<Attempt>,
) -> impl futures_util::Stream<Item = Result<Bytes, PutError>> + Send + 'static {
    let begun: (Option<File>, u64) = (None, source.stamp.size_bytes);
    let (source, pool) = (source.clone(), Arc::clone(pool));
    futures_util::stream::try_unfold(begun, move |(file, left)| {
        let (source, pool, attempt) = (source.clone(), Arc::clone(&pool), Arc::clone(&attempt));
        async move {
            if left == 0 && file.is_some() {
                return Ok(None);
            }
            let read = tokio::task::spawn_blocking(move || next(&source, file, left, &pool));
            let (file, chunk) = read.await.map_err(|_| PutError::changed())??;
            attempt.sent(chunk.len());
            let left = left - chunk.len() as u64;
            Ok(Some((chunk, (Some(file), left))))
        }
    })
}

fn next(
    source: &Source,
    file: Option<File>,
    left: u64,
    pool: &Arc<Pool>,
) -> Result<(File, Bytes), PutError> {
    let mut file = match file {
        Some(file) => file,
        None => source.open()?,
    };
    let mut buffer = pool.take();
    let room = buffer.room(usize::try_from(left).unwrap_or(usize::MAX));
    let (wanted, read) = (room.len(), fill(&mut file, room));
    let read = read.map_err(|e| PutError::unreadable(&e))?;
    if read < wanted {
        return Err(PutError::changed());
    }
    if wanted as u64 == left {
        source.check(&file)?;
    }
    Ok((file, buffer.freeze()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::PutErrorKind;
    use crate::limits::CHUNK_BYTES;
    use crate::source::Stamp;

    fn source(folder: &tempfile::TempDir, bytes: &[u8]) -> Source {
        let path = folder.path().join("file");
        fs::write(&path, bytes).unwrap();
        let stamp = Stamp::of(&fs::metadata(&path).unwrap());
        Source { path, stamp }
    }

    fn bytes(piece: &Piece) -> Vec<u8> {
        piece.chunks.concat()
    }

    #[test]
    fn wholes_and_parts() {
        let folder = tempfile::tempdir().unwrap();
        let pool = Arc::new(Pool::default());
        let content: Vec<u8> = (0..CHUNK_BYTES * 2 + 100)
            .map(|n| (n % 251) as u8)
            .collect();
        let source = source(&folder, &content);
        let algorithm = Some(Algorithm::Crc64Nvme);
        let all = whole(&source, algorithm).unwrap();
        assert_eq!(bytes(&all), content);
        let first = up_to(&mut &content[..], u64::MAX, algorithm, &pool).unwrap();
        assert_eq!(first.checksum, all.checksum);
        assert_eq!(first.size_bytes, all.size_bytes);
        assert_eq!(all.checksum, checksum(&source, Algorithm::Crc64Nvme).ok());
        let middle = Part {
            number: 2,
            start: 50,
            size_bytes: CHUNK_BYTES as u64 + 7,
        };
        let middle = part(&source, middle, None, &pool).unwrap();
        assert_eq!(bytes(&middle), &content[50..CHUNK_BYTES + 57]);
        assert_eq!(middle.checksum, None);
    }

    #[test]
    fn nothing_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let source = source(&folder, b"");
        let piece = whole(&source, Some(Algorithm::Crc32)).unwrap();
        assert_eq!(piece.size_bytes, 0);
        assert!(piece.checksum.unwrap().is_of_empty());
    }

    #[test]
    fn a_file_that_changed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let pool = Arc::new(Pool::default());
        for other in [&b"longer than it was"[..], b"", b"short"] {
            let source = source(&folder, b"as it was");
            fs::write(&source.path, other).unwrap();
            let error = whole(&source, None).unwrap_err();
            assert_eq!(error.kind(), PutErrorKind::Changed);
            let whole = Part {
                number: 1,
                start: 0,
                size_bytes: 9,
            };
            let error = part(&source, whole, None, &pool).unwrap_err();
            assert_eq!(error.kind(), PutErrorKind::Changed);
            fs::remove_file(&source.path).unwrap();
            assert_eq!(
                checksum(&source, Algorithm::Crc32).unwrap_err().kind(),
                PutErrorKind::Unreadable
            );
        }
    }
}
