// SPDX-License-Identifier: Apache-2.0
//! Tables of settings, read from objects in little code.
//!
//! What serde derives for a struct holds each field aside until all are there, each in code of its own: some 400 bytes a field in a component. Here a table begins with its
//! defaults, and each member that comes takes the place of one, by a function for each type: a third of the code in all. What is read and what is refused, and in which words, is the
//! same, but for an array, which is no table here.

mod member;

pub use member::{Members, kebab, put};

/// A struct that [`table!`] reads.
pub trait Table {
    /// Its members, as they are called in JSON, in the order in which they stand there.
    const MEMBERS: &'static [&'static str];
}

/// Makes a struct readable as a table: `Deserialize`, in the place of what would be derived with `deny_unknown_fields` and `rename_all = "kebab-case"`.
///
/// Leaving a field out is an error of the compiler, and so are more than 64 of them. What is left out of the JSON stays as the table begins. A field that is `required` has to be there.
///
/// ```
/// struct Caller {
///     name: String,
///     longest_wait: u32,
/// }
///
/// setting_tables::table! {
///     Caller: Caller { name: String::new(), longest_wait: 30 };
///     name required, longest_wait
/// }
///
/// let read: Caller = serde_json::from_str(r#"{"longest-wait": 20, "name": "a"}"#).unwrap();
/// assert_eq!((read.name.as_str(), read.longest_wait), ("a", 20));
/// let error = serde_json::from_str::<Caller>("{}").err().unwrap();
/// assert!(error.to_string().starts_with("missing field `name`"));
/// ```
#[macro_export]
macro_rules! table {
    ($table:ident: $beginning:expr; $($field:ident $($required:ident)?),* $(,)?) => {
        impl $crate::Table for $table {
            const MEMBERS: &'static [&'static str] = &[$({
                const NAME: [u8; stringify!($field).len()] = $crate::kebab(stringify!($field));
                match std::str::from_utf8(&NAME) {
                    Ok(name) => name,
                    Err(_) => "",
                }
            }),*];
        }

        const _: () = {
            assert!(<$table as $crate::Table>::MEMBERS.len() <= 64);

            /// Numbers of the fields.
            #[allow(non_camel_case_types, reason = "fields are called so")]
            enum Number {
                $($field),*
            }

            /// Reads a member in the place of a field.
            struct Visitor;

            impl<'de> $crate::serde::de::Visitor<'de> for Visitor {
                type Value = $table;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(concat!("struct ", stringify!($table)))
                }

                fn visit_map<A: $crate::serde::de::MapAccess<'de>>(
                    self,
                    mut object: A,
                ) -> Result<$table, A::Error> {
                    let mut table: $table = $beginning;
                    // All fields stand above.
                    let $table { $($field: _),* } = &table;
                    let mut members = $crate::Members::of(<$table as $crate::Table>::MEMBERS);
                    while let Some(number) = members.next(&mut object)? {
                        $(if number == Number::$field as usize {
                            $crate::put(&mut table.$field, &mut object)?;
                            continue;
                        })*
                    }
                    $($(
                        members.$required(Number::$field as usize)?;
                    )?)*
                    Ok(table)
                }
            }

            impl<'de> $crate::serde::Deserialize<'de> for $table {
                fn deserialize<D: $crate::serde::Deserializer<'de>>(
                    object: D,
                ) -> Result<Self, D::Error> {
                    let members = <Self as $crate::Table>::MEMBERS;
                    object.deserialize_struct(stringify!($table), members, Visitor)
                }
            }
        };
    };
}

#[doc(hidden)]
pub use serde;

#[cfg(test)]
mod tests;
