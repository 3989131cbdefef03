"""What tests share: tables in moto, API Gateway events, fixed times."""
