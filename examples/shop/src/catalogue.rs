//! `catalogue`: what is for sale, and at what price.

use kinoko::prelude::*;

/// Needs nothing: what is for sale is part of the program.
#[derive(Dependencies)]
pub struct Catalogue;

/// Knows what is for sale and at what price.
#[service(name = "catalogue")]
impl Catalogue {
    /// One product.
    #[rpc]
    async fn get(&mut self, sku: String) -> Result<Product, CatalogueError> {
        let found = products().find(|it| it.sku == sku);
        found.ok_or(CatalogueError::UnknownProduct { sku })
    }

    /// Everything that is for sale.
    #[rpc]
    async fn list(&mut self) -> Vec<Product> {
        products().collect()
    }
}

/// Something that is for sale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Product {
    /// What it is ordered by.
    pub sku: String,
    /// What people call it.
    pub name: String,
    /// What one costs, in cents.
    pub price: i64,
}

/// How asking for a product fails.
#[derive(Debug, Fault)]
pub enum CatalogueError {
    /// Nothing of that name is for sale.
    #[fault(expected, status = 404, message = "there is no product {sku}")]
    UnknownProduct {
        /// What was asked for.
        sku: String,
    },
}

fn products() -> impl Iterator<Item = Product> {
    const PRODUCTS: [(&str, &str, i64); 5] = [
        ("enoki", "Enoki", 250),
        ("oyster", "Oyster mushroom", 420),
        ("porcini", "Porcini", 1800),
        ("shiitake", "Shiitake", 380),
        ("truffle", "Black truffle", 14000),
    ];
    PRODUCTS.into_iter().map(|(sku, name, price)| Product {
        sku: sku.to_owned(),
        name: name.to_owned(),
        price,
    })
}
