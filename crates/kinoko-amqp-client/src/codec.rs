//! What lies on the wire, and nothing of when: frames, methods, properties, tables.
//!
//! `method` is the table everything about methods comes from. What is read borrows from the bytes it
//! was read from; what is written goes into one buffer. Everything that could grow is bounded here or
//! by the size of a frame.

mod build;
mod frame;
mod method;
mod properties;
mod read;
mod table;
mod text;
mod value;
mod write;

pub use self::{
    build::{Fields, NestedFields, NestedValues, Values},
    frame::{
        BadFrame, ContentHeader, FRAME_OVERHEAD, Frame, FrameType, MIN_FRAME, PROTOCOL_HEADER,
        write_header, write_heartbeat, write_method,
    },
    method::*,
    properties::Properties,
    read::Malformed,
    table::{Array, MAX_DEPTH, MAX_FIELDS, Table},
    text::Text,
    value::Value,
    write::Unencodable,
};

pub(crate) use self::{
    frame::{BASIC, FIRST_FRAMES, frame_payload, write_body_end, write_body_start},
    read::Reader,
    value::ShortTag,
    write::Writer,
};
