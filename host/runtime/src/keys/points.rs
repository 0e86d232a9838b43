// SPDX-License-Identifier: Apache-2.0
//! Public keys, compared as they are written in certificates.

/// Whether two public keys of one kind are the same by their octets. A point of an elliptic curve has two forms (SEC 1 §2.3.3);
/// whether it is on the curve is found out where it is used.
pub(crate) fn are_equal(one: &[u8], other: &[u8]) -> bool {
    let compressed = |point: &[u8]| {
        let (form, coordinates) = point.split_first()?;
        match form {
            2 | 3 => Some((*form, coordinates.to_vec())),
            4 if coordinates.len() % 2 == 0 => {
                let (x, y) = coordinates.split_at_checked(coordinates.len() / 2)?;
                Some((2 + (y.last()? & 1), x.to_vec()))
            }
            _ => None,
        }
    };
    // Two that are written in full have to agree in full.
    one == other
        || one.len() != other.len()
            && compressed(one).is_some_and(|one| compressed(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_point_are_one_key() {
        let (full, even, odd) = ([4, 1, 2, 3, 4], [2, 1, 2], [3, 1, 2]);
        assert!(are_equal(&full, &even) && are_equal(&even, &full));
        assert!(!are_equal(&full, &odd) && !are_equal(&even, &odd));
        assert!(are_equal(&[4, 1, 2, 3, 5], &odd));
        assert!(!are_equal(&[4, 9, 2, 3, 4], &even));
        // What is written in full has to agree in full.
        assert!(!are_equal(&full, &[4, 1, 2, 3, 6]));
        for other in [&[][..], &[4], &[2], &[4, 1, 2, 3], &[6, 1, 2, 3, 4]] {
            assert!(!are_equal(other, &even), "{other:?}");
            assert!(are_equal(other, other));
        }
    }
}
