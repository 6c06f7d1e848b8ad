use crate::finding::Finding;
use crate::ground::Ground;

pub(crate) async fn check(_ground: &Ground<'_>) -> Vec<Finding> {
    Vec::new()
}
