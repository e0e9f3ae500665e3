// SPDX-FileCopyrightText: The sp-host authors
// SPDX-License-Identifier: MIT

#![no_std]
#![allow(non_upper_case_globals, dead_code)]

#[macro_use]
mod extension;

use extension::{Extension, List, Migration, Schema, Text};

extension! {
    "links", "Links", "1.0.0",
    description: text!("Addresses worth keeping"),
    schemas: List::new(&[Schema {
        table: text!("links"),
        namespace_name: Text::NONE,
        sql: text!(include_str!("links.sql")),
        required_columns: List::new(&[text!("url"), text!("title"), text!("visits")]),
        source: text!("links/links.sql"),
    }]),
    migrations: List::new(&[Migration {
        version: 1,
        flags: 0,
        name: text!("count_visits"),
        sql: text!("ALTER TABLE links ADD COLUMN IF NOT EXISTS visits integer NOT NULL DEFAULT 0;"),
        down_sql: text!("ALTER TABLE links DROP COLUMN IF EXISTS visits;"),
        source: Text::NONE,
        down_source: Text::NONE,
    }]),
}

// Nothing here runs; without the standard library the compiler asks for it all the same.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
