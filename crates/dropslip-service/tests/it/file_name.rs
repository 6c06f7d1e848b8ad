//! File names: which are taken, and what stands in the key.

use dropslip_service::file_name::FileName;

#[track_caller]
fn check(name: &str, expected: &str) {
    assert_eq!(FileName::parse(name).unwrap().safe(), expected, "{name:?}");
}

#[track_caller]
fn check_refused(name: &str, reason: &str) {
    assert!(
        FileName::parse(name).unwrap_err().contains(reason),
        "{name:?}"
    );
}

#[test]
fn letters_of_any_script_stay() {
    check("photo.jpg", "photo.jpg");
    check("Ferien in Zürich.jpg", "Ferien in Zürich.jpg");
    check("отпуск.png", "отпуск.png");
    check("休暇 (2).png", "休暇 (2).png");
    check("می‌خواهم.pdf", "می‌خواهم.pdf");
    check("👨‍👩‍👧.png", "👨‍👩‍👧.png");
    check("a+b&c=d,e;f@g!h'i~j$k.txt", "a+b&c=d,e;f@g!h'i~j$k.txt");
}

#[test]
fn paths_become_their_last_part() {
    check("../../é \"x\".jpg", "é _x_.jpg");
    check("/etc/passwd", "passwd");
    check("C:\\fakepath\\x.jpg", "x.jpg");
    check("a/b\\c.txt", "c.txt");
    check("folder/", "folder");
    check("..", "file");
    check("../..", "file");
    check("/", "file");
    check("x/.", "x");
    check("..\\..\\", "file");
}

#[test]
fn what_acts_or_hides_goes() {
    check("a\r\nb.txt", "a b.txt");
    check("a\u{1}\u{1b}[31mb.txt", "a[31mb.txt");
    check("photo\u{202e}gpj.exe", "photogpj.exe");
    check("\u{2066}x\u{2069}\u{200e}\u{200f}\u{61c}.txt", "x.txt");
    check("a\u{200b}\u{feff}b.txt", "ab.txt");
    check("a\u{fffe}\u{ffff}b.txt", "ab.txt");
    check("a\u{e0041}b.txt", "ab.txt");
    check("\u{202e}", "file");
    check("a<b>c:d|e?f*g#h%i.txt", "a_b_c_d_e_f_g_h_i.txt");
    check("a \t\u{a0}\u{3000} b.txt", "a b.txt");
}

#[test]
fn dots_and_spaces_at_the_ends_go() {
    check(".htaccess", "htaccess");
    check("...x...", "x");
    check("x.txt. . .", "x.txt");
    check(" . ", "file");
    check("x.", "x");
}

#[test]
fn reserved_names_of_windows_get_a_mark() {
    check("CON", "_CON");
    check("nul.txt", "_nul.txt");
    check("Aux.tar.gz", "_Aux.tar.gz");
    check("com1.jpg", "_com1.jpg");
    check("LPT¹", "_LPT¹");
    check("con .txt", "_con .txt");
    check("CONsole.txt", "CONsole.txt");
    check("com10.jpg", "com10.jpg");
    check("com.jpg", "com.jpg");
    check(
        &format!("con.{}", "x".repeat(196)),
        &format!("_con.{}", "x".repeat(195)),
    );
}

#[test]
fn long_names_keep_their_extension() {
    check(&"x".repeat(200), &"x".repeat(200));
    check(&"x".repeat(201), &"x".repeat(200));
    check(
        &format!("{}.jpeg", "x".repeat(300)),
        &format!("{}.jpeg", "x".repeat(195)),
    );
    check(
        &format!("{}.jpg", "é".repeat(150)),
        &format!("{}.jpg", "é".repeat(98)),
    );
    check(
        &format!("x.{}", "y".repeat(300)),
        &format!("x.{}", "y".repeat(198)),
    );
    let name = FileName::parse(&format!("{}.{}", "…".repeat(150), "ü".repeat(8)))
        .unwrap()
        .safe();
    assert!(name.len() <= 200 && name.ends_with("üü"), "{name}");
}

#[test]
fn what_cannot_be_a_name_is_refused() {
    check_refused("", "empty");
    check_refused("  \n\t ", "empty");
    check_refused("a\0b", "NUL");
    check_refused("\0", "NUL");
    check_refused(&"x".repeat(1025), "longer than 1024");
    check_refused(&"é".repeat(513), "longer than 1024");
    assert!(FileName::parse(&"x".repeat(1024)).is_ok());
    assert!(FileName::parse(&format!(" {} ", "x".repeat(1024))).is_ok());
}
