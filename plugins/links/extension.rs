// SPDX-FileCopyrightText: The sp-host authors
// SPDX-License-Identifier: MIT

//! What `sp/extension.h` declares, as far as an extension without hooks needs it. Layout and numbers
//! are those of ABI 1.0, which every host of major version 1 takes.

use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::size_of;
use core::ptr::null;

/// A text of the ABI: UTF-8, ends with NUL, lives as long as the plugin. Made by `text!`.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Text(*const u8);

impl Text {
    pub const NONE: Text = Text(null());

    /// Refuses at compile time what does not end with NUL.
    pub const fn new(text: &'static str) -> Text {
        assert!(text.as_bytes()[text.len() - 1] == 0);
        Text(text.as_ptr())
    }
}

#[macro_export]
macro_rules! text {
    ($text:expr) => {
        Text::new(concat!($text, "\0"))
    };
}

#[repr(C)]
pub struct List<T: 'static> {
    items: *const T,
    count: u64,
    item_size: u64,
    of: PhantomData<T>,
}

impl<T> List<T> {
    pub const fn new(items: &'static [T]) -> List<T> {
        List { items: items.as_ptr(), count: items.len() as u64, item_size: size_of::<T>() as u64, of: PhantomData }
    }
}

#[repr(C)]
pub struct Schema {
    pub table: Text,
    pub namespace_name: Text,
    pub sql: Text,
    pub required_columns: List<Text>,
    pub source: Text,
}

#[repr(C)]
pub struct Migration {
    pub version: u32,
    pub flags: u32,
    pub name: Text,
    pub sql: Text,
    pub down_sql: Text,
    pub source: Text,
    pub down_source: Text,
}

#[repr(C)]
pub struct Seed {
    pub id: Text,
    pub sql: Text,
    pub source: Text,
}

#[repr(C)]
pub struct Dependency {
    pub id: Text,
    pub version_range: Text,
    pub flags: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct Extension {
    pub abi_major: u32,
    pub abi_minor: u32,
    pub struct_size: u32,
    pub abi_min_minor: u32,
    pub required_features: u64,
    pub flags: u64,
    pub id: Text,
    pub name: Text,
    pub version: Text,
    pub description: Text,
    pub license: Text,
    pub homepage: Text,
    pub priority: u32,
    pub reserved: u32,
    pub dependencies: List<Dependency>,
    pub schemas: List<Schema>,
    pub migrations: List<Migration>,
    pub seeds: List<Seed>,
    pub cross_extension_tables: List<Text>,
    pub config_group: Text,
    pub validate_config: *const c_void,
    pub hooks: *const c_void,
}

// The size of ABI 1.0 on a 64-bit machine: a slip in the structs above does not compile.
const _: [(); 232] = [(); size_of::<Extension>()];

// SAFETY: nothing is ever written to it.
unsafe impl Sync for Extension {}

impl Extension {
    /// An extension of this id, name and version, and nothing else.
    pub const fn new(id: Text, name: Text, version: Text) -> Extension {
        Extension {
            abi_major: 1,
            abi_minor: 0,
            struct_size: size_of::<Extension>() as u32,
            abi_min_minor: 0,
            required_features: 0,
            flags: 0,
            id,
            name,
            version,
            description: Text::NONE,
            license: Text::NONE,
            homepage: Text::NONE,
            priority: 100,
            reserved: 0,
            dependencies: List::new(&[]),
            schemas: List::new(&[]),
            migrations: List::new(&[]),
            seeds: List::new(&[]),
            cross_extension_tables: List::new(&[]),
            config_group: Text::NONE,
            validate_config: null(),
            hooks: null(),
        }
    }
}

/// Emits the ELF note, which tells a host who the plugin is without loading it.
#[macro_export]
macro_rules! extension_note {
    ($id:literal, $name:literal, $version:literal) => {
        core::arch::global_asm!(
            ".pushsection .note.sp.extension,\"a\",%note",
            ".balign 4",
            ".long 2f - 1f",
            ".long 4f - 3f",
            ".long 0x53500001",
            "1: .asciz \"SPEXT\"",
            "2: .balign 4",
            concat!(
                "3: .ascii \"{\\\"id\\\":\\\"", $id,
                "\\\",\\\"name\\\":\\\"", $name,
                "\\\",\\\"version\\\":\\\"", $version,
                "\\\",\\\"abi\\\":{\\\"major\\\":1,\\\"minor\\\":0,\\\"min_minor\\\":0}}\""
            ),
            "4: .balign 4",
            ".popsection",
            options(raw)
        );
    };
}

/// Defines the vtable and the note. The other members follow by name.
#[macro_export]
macro_rules! extension {
    ($id:literal, $name:literal, $version:literal, $($member:ident: $value:expr),* $(,)?) => {
        extension_note!($id, $name, $version);

        #[no_mangle]
        pub static sp_extension_vtable: Extension = Extension {
            $($member: $value,)*
            ..Extension::new(text!($id), text!($name), text!($version))
        };
    };
}
