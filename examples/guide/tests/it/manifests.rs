//! The committed manifests are those of the code: a variety of services, for whoever needs one.

use guide::{
    background::Weather, calling::Reception, deadlines, dependency, directory::Import, events,
    faults::Bank, first::Greeter, settings::Mail, web::Notes,
};
use kinoko_testing::manifest_is_current;

#[test]
fn manifests_are_current() {
    manifest_is_current::<Greeter>("manifests/greeter.manifest.json");
    manifest_is_current::<Reception>("manifests/reception.manifest.json");
    manifest_is_current::<events::Accounts>("manifests/accounts.manifest.json");
    manifest_is_current::<events::Welcome>("manifests/welcome.manifest.json");
    manifest_is_current::<Notes>("manifests/notes.manifest.json");
    manifest_is_current::<Bank>("manifests/bank.manifest.json");
    manifest_is_current::<deadlines::Reports>("manifests/reports.manifest.json");
    manifest_is_current::<deadlines::Archive>("manifests/archive.manifest.json");
    manifest_is_current::<Weather>("manifests/weather.manifest.json");
    manifest_is_current::<Mail>("manifests/mail.manifest.json");
    manifest_is_current::<dependency::Safe>("manifests/safe.manifest.json");
    manifest_is_current::<Import>("manifests/import.manifest.json");
    manifest_is_current::<guide::nameko::Orders>("manifests/orders.manifest.json");
}
