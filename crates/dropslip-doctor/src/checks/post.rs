use crate::finding::Finding;
use crate::ground::Ground;

pub(super) async fn check(_ground: &Ground<'_>) -> Vec<Finding> {
    Vec::new()
}
