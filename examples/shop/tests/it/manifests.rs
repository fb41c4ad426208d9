//! The committed manifests are those of the code.

use kinoko_testing::manifest_is_current;
use shop::{
    catalogue::Catalogue, mailer::Mailer, orders::Orders, payments::Payments, stock::Stock,
};

#[test]
fn manifests_are_current() {
    manifest_is_current::<Catalogue>("manifests/catalogue.manifest.json");
    manifest_is_current::<Orders>("manifests/orders.manifest.json");
    manifest_is_current::<Stock>("manifests/stock.manifest.json");
    manifest_is_current::<Payments>("manifests/payments.manifest.json");
    manifest_is_current::<Mailer>("manifests/mailer.manifest.json");
}
