//! What holds for any input: nothing panics, and what is made regular stays so.

use std::collections::BTreeMap;

use dropslip_service::Config;
use dropslip_service::file_name::FileName;
use dropslip_service::key_template::{KeyTemplate, Values};
use dropslip_service::media_type::{MediaType, TypePattern};
use dropslip_service::token::Sealer;
use dropslip_sigv4::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

const UUID: Uuid = Uuid::from_u128(0x018f_6b1e_7c5a_7d3e_9c1a_0123_4567_89ab);

/// Text that is likely to break something.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[ -~]{0,8}",
        prop::sample::select(vec![
            "..", "/", "\\", "\0", "\u{202e}", ".jpg", "CON", "{uuid}", "{name}", "{", "}", "é",
            "\"", ";", "=", "  ", "\r\n", "%2e",
        ])
        .prop_map(str::to_owned),
        Just("長い名".repeat(40)),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_safe_name_is_one_harmless_segment(text in hostile()) {
        let Ok(name) = FileName::parse(&text) else { return Ok(()) };
        let safe = name.safe();
        prop_assert!((1..=200).contains(&safe.len()), "{safe:?}");
        prop_assert!(!safe.contains(['/', '\\', '"', '<', '>', '\0', '\u{202e}']), "{safe:?}");
        prop_assert!(!safe.chars().any(char::is_control), "{safe:?}");
        prop_assert!(!safe.starts_with(['.', ' ']) && !safe.ends_with(['.', ' ']), "{safe:?}");
        prop_assert_eq!(FileName::parse(&safe).unwrap().safe(), safe);
    }

    #[test]
    fn a_key_is_never_too_long_nor_changed_by_a_url(template in hostile(), name in hostile()) {
        let (Ok(template), Ok(name)) = (KeyTemplate::parse(&template, &[]), FileName::parse(&name)) else { return Ok(()) };
        let name = name.safe();
        let key = template.fill(&Values {
            uuid: UUID, date_stamp: "20130524", ext: "jpeg", name: &name, subject: Some("é"), said: &BTreeMap::new(),
        }).unwrap();
        prop_assert!(key.len() <= 1024);
        prop_assert!(key.contains(&UUID.to_string()));
        prop_assert_eq!(template.matches(&key).map(|captured| captured.uuid), Some(UUID));
        prop_assert!(key.split('/').all(|segment| !matches!(segment, "" | "." | "..")), "{key:?}");
    }

    #[test]
    fn a_type_read_again_is_the_same(text in prop_oneof![hostile(), "[a-zA-Z*]{1,5}/[a-z*+.]{1,5}( ?; ?[a-z]{1,3}=(\"[ -~]{0,4}\"|[a-z]{1,3})){0,2}"]) {
        let _ = TypePattern::parse(&text);
        let _ = MediaType::of_file_name(&text);
        let Ok(one) = MediaType::parse(&text) else { return Ok(()) };
        prop_assert_eq!(&MediaType::parse(one.as_str()).unwrap(), &one);
        prop_assert!(one.as_str().bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t'));
        prop_assert!(TypePattern::parse(one.essence()).is_err() || TypePattern::parse(one.essence()).unwrap().accepts(&one));
        prop_assert!((1..=16).contains(&one.extension().len()));
    }

    #[test]
    fn no_text_is_a_token(text in prop_oneof![hostile(), "AQ[A-Za-z0-9_-]{0,200}"]) {
        let sealer = Sealer::new(&"secret".into());
        prop_assert!(sealer.open(&text, Timestamp::from_unix_s(0)).is_err());
    }

    #[test]
    fn no_text_breaks_the_configuration(text in hostile()) {
        let _ = Config::parse(&text);
        let _ = Config::parse(&format!("[storage]\nregion = '{text}'\n[presets.'{text}']\nkey = '{text}'\n"));
    }
}
