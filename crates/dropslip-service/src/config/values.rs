//! Kinds of values that several sections have: sizes, and tables whose order counts.

use std::fmt;
use std::marker::PhantomData;

use bytesize::ByteSize;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// A number of bytes, or a text such as `20 MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SizeText")]
pub(crate) struct Size(pub(crate) u64);

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a size such as `20 MiB`, or a number of bytes"
)]
enum SizeText {
    Bytes(u64),
    Text(String),
}

impl TryFrom<SizeText> for Size {
    type Error = String;

    fn try_from(text: SizeText) -> Result<Self, String> {
        match text {
            SizeText::Bytes(bytes) => Ok(Self(bytes)),
            SizeText::Text(text) => {
                let size: Result<ByteSize, _> = text.parse();
                size.map(|size| Self(size.as_u64()))
                    .map_err(|_| format!("`{}` is no size such as `20 MiB`", text.escape_debug()))
            }
        }
    }
}

/// A table of tables such as `[presets.photo]`, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct Named<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Ordered<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of presets or storages, such as [presets.photo]")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut named = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    named.push(entry);
                }
                Ok(Named(named))
            }
        }
        deserializer.deserialize_map(Ordered(PhantomData))
    }
}
