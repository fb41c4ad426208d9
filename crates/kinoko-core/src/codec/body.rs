//! From a message as it arrived to the JSON in it: media type, compression, size.

use std::{borrow::Cow, io::Read};

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};

use super::excerpt;
use crate::{HeaderValue, Message};

/// A body that is JSON once it is decompressed, if it is compressed.
#[derive(Debug)]
pub(crate) struct Sealed {
    body: Bytes,
    compression: Option<HeaderValue>,
    /// What is odd about the message yet no reason to refuse it.
    pub(crate) complaint: Option<&'static str>,
}

/// The body of a message, by what its media type and headers say of it.
///
/// Nameko refuses `application/json; charset=utf-8` and dies of no media type at all; both are read
/// here. What fails is said in a text for the sender and the log.
pub(crate) fn of(message: &Message) -> Result<Sealed, Cow<'static, str>> {
    let complaint = match message.content_type.as_deref() {
        Some(media_type) if is_json(media_type) => None,
        Some(other) => {
            return Err(Cow::Owned(format!(
                "content type {:?} is not accepted: send application/json",
                excerpt(other)
            )));
        }
        None => Some("the message has no content_type: read as application/json"),
    };
    let compression = message.headers.get("compression").cloned();
    Ok(Sealed { body: message.body.clone(), compression, complaint })
}

/// How many bytes there are to be read in a message: of one that is compressed, nobody knows.
pub(crate) fn size(message: &Message) -> usize {
    let is_compressed = message.headers.get("compression").is_some();
    if is_compressed { usize::MAX } else { message.body.len() }
}

impl Sealed {
    /// The JSON, which may be much larger than what was sent.
    pub(crate) fn open(self, limit: usize) -> Result<Bytes, Cow<'static, str>> {
        let json = match &self.compression {
            None => self.body,
            Some(codec) => match codec.as_str() {
                Some(codec) => decompress(codec, &self.body, limit)?,
                None => return Err(Cow::Borrowed("the header `compression` is no text")),
            },
        };
        if json.len() > limit { Err(too_large(limit)) } else { Ok(json) }
    }
}

fn is_json(media_type: &str) -> bool {
    // Nearly always, and to the letter.
    if media_type == "application/json" {
        return true;
    }
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// kombu's names. What it calls gzip is an RFC 1950 zlib stream; real gzip is read as well.
fn decompress(codec: &str, body: &[u8], limit: usize) -> Result<Bytes, Cow<'static, str>> {
    const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
    let mut plain = Vec::new();
    // One byte more than allowed is enough to know, and a bomb is not unpacked.
    let most = limit as u64 + 1;
    let read = match codec {
        "application/x-gzip" | "application/gzip" | "gzip" | "zlib" => {
            if body.starts_with(&GZIP_MAGIC) {
                GzDecoder::new(body).take(most).read_to_end(&mut plain)
            } else {
                ZlibDecoder::new(body).take(most).read_to_end(&mut plain)
            }
        }
        other => {
            return Err(Cow::Owned(format!(
                "compression {:?} is not supported: use gzip or none",
                excerpt(other)
            )));
        }
    };
    read.map_err(|err| Cow::Owned(format!("the body cannot be decompressed: {err}")))?;
    if plain.len() > limit { Err(too_large(limit)) } else { Ok(Bytes::from(plain)) }
}

fn too_large(limit: usize) -> Cow<'static, str> {
    Cow::Owned(format!("the body is larger than {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::of;
    use crate::{Address, Message};

    fn message(content_type: Option<&'static str>, compression: Option<&'static str>) -> Message {
        let mut message = Message::json(Address::Reply { to: "".into() }, "[]");
        message.content_type = content_type.map(Into::into);
        if let Some(codec) = compression {
            message.headers.insert("compression", codec);
        }
        message
    }

    #[test]
    fn json_is_known_by_its_media_type_or_by_none() {
        let check = |content_type, expected: Result<bool, &str>| match (
            of(&message(content_type, None)),
            expected,
        ) {
            (Ok(sealed), Ok(odd)) => assert_eq!(sealed.complaint.is_some(), odd),
            (Err(text), Err(part)) => assert!(text.contains(part), "{text}"),
            (found, expected) => panic!("{content_type:?}: {found:?}, not {expected:?}"),
        };
        check(Some("application/json"), Ok(false));
        check(Some("Application/JSON; charset=utf-8"), Ok(false));
        check(None, Ok(true));
        check(Some("application/x-python-serialize"), Err("is not accepted"));
        check(Some("text/plain"), Err("send application/json"));
    }

    #[test]
    fn both_streams_called_gzip_are_read_and_bombs_are_not() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
        zlib.write_all(b"[1, 2]").unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        gzip.write_all(b"[1, 2]").unwrap();
        let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
        bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
        let check = |codec, body: Vec<u8>, expected: Result<&[u8], &str>| {
            let mut message = message(Some("application/json"), Some(codec));
            message.body = body.into();
            match (of(&message).unwrap().open(1000), expected) {
                (Ok(opened), Ok(json)) => assert_eq!(opened, json),
                (Err(text), Err(part)) => assert!(text.contains(part), "{text}"),
                (found, expected) => panic!("{codec}: {found:?}, not {expected:?}"),
            }
        };
        check("application/x-gzip", zlib.finish().unwrap(), Ok(b"[1, 2]"));
        check("zlib", gzip.finish().unwrap(), Ok(b"[1, 2]"));
        check("application/x-gzip", bomb.finish().unwrap(), Err("larger than 1000 bytes"));
        check("application/x-gzip", b"nonsense".to_vec(), Err("cannot be decompressed"));
        check("application/x-bz2", Vec::new(), Err("not supported"));
    }
}
